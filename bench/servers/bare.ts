/** The limit: node:http, the same signature check and JSON.parse, storing nothing. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../support/server-process.ts';
import { SIGNING_SECRET } from '../support/slack-event.ts';

const key = createSecretKey(Buffer.from(SIGNING_SECRET));

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    const timestamp = String(request.headers['x-slack-request-timestamp']);
    const given = Buffer.from(String(request.headers['x-slack-signature']).slice(3), 'hex');
    const digest = createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest();
    const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
    const valid = fresh && given.length === digest.length && timingSafeEqual(digest, given);
    if (valid) JSON.parse(body.toString('utf8'));
    response.writeHead(valid ? 200 : 401, { 'content-length': 0 }).end();
  });
});
server.listen(0, '127.0.0.1', () => serve((server.address() as AddressInfo).port, async () => {}));
