# The hub runs its TypeScript as it is: no build step, and stack traces point at the source.
FROM node:24-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production PATCHBAY_DATA=/data
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY widget widget
COPY config config
# Behind the container's own network; publish the port where it is wanted.
RUN sed -i 's/^  listen: 127\.0\.0\.1:8787$/  listen: 0.0.0.0:8787/' config/hub.yaml \
  && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s \
  CMD node -e "fetch('http://127.0.0.1:'+(process.env.PORT||8787)+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
CMD ["node", "bin/patchbay.mjs", "start"]
