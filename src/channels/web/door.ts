/**
 * The channel's own front door, below `/web/<channel id>/`. Every frame a visitor sends becomes the webhook
 * their site could have sent, and takes the same way into the hub.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ChannelIdentity } from '../channel.ts';
import type { Door, Hall } from '../front-door.ts';
import type { WebConfig } from './config.ts';
import { allowOrigin, answerRefusal, isAllowed, one, preflight, refuse } from './http.ts';
import { inbox } from './inbox.ts';
import { buckets, DOOR_LIMITS, type DoorLimits } from './limits.ts';
import { type DoorContext, ROUTES, unauthorized } from './routes.ts';
import { socketConnection } from './socket.ts';
import type { Streams } from './streams.ts';
import { tokens } from './tokens.ts';
import { uploads } from './uploads.ts';
import type { Wire } from './wire.ts';

export interface DoorOptions {
  readonly identity: ChannelIdentity;
  readonly config: WebConfig;
  readonly hall: Hall;
  readonly streams: Streams;
  readonly now: () => number;
  /** A wire message as a browser gets it. */
  readonly fresh?: (wire: Wire) => Wire;
  readonly limits?: Partial<DoorLimits>;
}

/** The sub-protocol both sides speak. Beside it, `token.<session token>` may carry the token. */
const PROTOCOL = 'patchbay.v1';
const TOKEN_PROTOCOL = /(?:^|,)\s*token\.([A-Za-z0-9._-]+)\s*(?:,|$)/;

export function openDoor(options: DoorOptions): Door {
  const context = doorContext(options);
  const { connections, limits } = context;
  const allowed = new Set(options.config.receive.allowed_origins);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    handleProtocols: offered => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  const heart = setInterval(() => {
    for (const connection of connections) connection.beat();
  }, limits.heartbeatMs);
  heart.unref();

  return {
    isPatient: path => nameIn(path) === 'upload',
    request(request, response, path) {
      const { name, tokenInQuery } = readPath(path, request);
      const route = ROUTES.get(name);
      if (route === undefined)
        return answerRefusal(response, refuse(404, 'not-found', 'there is nothing here'));
      if (!isAllowed(request, allowed, route.method === 'GET'))
        return answerRefusal(response, refuse(403, 'origin-not-allowed', 'this site may not embed the chat'));
      allowOrigin(request, response);
      if (request.method === 'OPTIONS') return preflight(response);
      if (request.method !== route.method)
        return answerRefusal(response, refuse(405, 'method-not-allowed', `expected ${route.method}`));
      if (tokenInQuery) return answerRefusal(response, unauthorized(false));
      route
        .handle(request, response, context)
        .catch(() => answerRefusal(response, refuse(500, 'unavailable', 'something went wrong here')));
    },

    upgrade(request, socket, head, path) {
      const { name, tokenInQuery } = readPath(path, request);
      if (name !== 'socket') return refuseUpgrade(socket, '404 Not Found');
      if (!isAllowed(request, allowed)) return refuseUpgrade(socket, '403 Forbidden');
      if (tokenInQuery) return refuseUpgrade(socket, '401 Unauthorized');
      if (connections.size >= limits.connections) return refuseUpgrade(socket, '503 Service Unavailable');
      const offered = TOKEN_PROTOCOL.exec(one(request, 'sec-websocket-protocol') ?? '')?.[1];
      server.handleUpgrade(request, socket, head, opened => {
        const connection = socketConnection(opened, context, offered);
        connections.add(connection);
        opened.on('close', () => connections.delete(connection));
      });
    },

    async [Symbol.asyncDispose]() {
      clearInterval(heart);
      server.close();
      await Promise.all([...connections].map(connection => connection.close()));
    },
  };
}

function doorContext(options: DoorOptions): DoorContext {
  const { config, hall, identity, now, streams, limits: given, fresh = (wire: Wire) => wire } = options;
  const limits = { ...DOOR_LIMITS, ...given };
  const { identity_secret, previous_identity_secret } = config.credentials;
  const older = previous_identity_secret === undefined ? [] : [previous_identity_secret];
  const { max_text, messages_per_minute, sessions_per_minute } = config.receive.limits;
  const { max_size: maxBytes, types, per_minute: perMinute } = config.receive.uploads;
  const secrets = [identity_secret, ...older];
  const files = uploads({ hall, identity, secrets, options: { maxBytes, types, perMinute }, limits, now });
  const taking = { messagesPerMinute: messages_per_minute, maxText: max_text, uploads: files };
  return {
    config,
    hall,
    streams,
    fresh,
    limits,
    now,
    tokens: tokens(secrets, identity, now),
    inbox: inbox({ hall, now, limits, ...taking }),
    uploads: files,
    sessions: buckets(sessions_per_minute / 60, sessions_per_minute, now),
    connections: new Set(),
  };
}

const nameIn = (path: string): string => (path.split('?')[0] ?? '').replace(/^\/+/, '');

/** A token in an address would end up in logs and in the history of browsers. */
function readPath(path: string, request: IncomingMessage): { name: string; tokenInQuery: boolean } {
  const query = new URLSearchParams(request.url?.split('?')[1] ?? '');
  return {
    name: nameIn(path),
    tokenInQuery: ['token', 'access_token', 'identity'].some(name => query.has(name)),
  };
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
