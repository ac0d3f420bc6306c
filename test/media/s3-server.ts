/**
 * A stand-in for S3 that checks what S3 checks: the signature of each request, worked out anew from what came over
 * the wire, its age, and the hash of the bytes. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Options } from '../../src/media/s3.ts';

export interface S3Server extends AsyncDisposable {
  readonly options: S3Options;
  /** Keys that are kept. */
  readonly keys: () => readonly string[];
  /** What the next requests are answered instead. */
  readonly troubles: { readonly status: number; readonly code: string }[];
}

const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const mac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const KEY = { id: 'AKIDEXAMPLEKEY', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const REGION = 'eu-central-1';
const BUCKET = 'patchbay-test';
const MAX_SKEW_MS = 15 * 60_000;

export async function s3Server(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const troubles: { status: number; code: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status, code, body } = answerTo(request, Buffer.concat(chunks), objects, troubles.shift());
    const text =
      code === undefined
        ? body
        : `<?xml version="1.0"?><Error><Code>${code}</Code><Key>secret-key</Key></Error>`;
    response.writeHead(status, { 'content-length': text?.length ?? 0 }).end(text);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    options: {
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      bucket: BUCKET,
      prefix: 'hub/media/',
      accessKeyId: KEY.id,
      secretAccessKey: KEY.secret,
    },
    keys: () => [...objects.keys()],
    troubles,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

interface S3Answer {
  readonly status: number;
  readonly code?: string;
  readonly body?: Buffer;
}

function answerTo(
  request: IncomingMessage,
  body: Buffer,
  objects: Map<string, Buffer>,
  trouble: { status: number; code: string } | undefined,
): S3Answer {
  const refusal = objectionTo(request, body) ?? trouble;
  if (refusal !== undefined) return refusal;
  const [, bucket, ...rest] = (request.url ?? '').split('/');
  const key = rest.join('/');
  if (bucket !== BUCKET) return { status: 404, code: 'NoSuchBucket' };
  switch (request.method) {
    case 'PUT':
      if (request.headers['content-length'] === undefined)
        return { status: 411, code: 'MissingContentLength' };
      objects.set(key, body);
      return { status: 200 };
    case 'GET': {
      const found = objects.get(key);
      return found === undefined ? { status: 404, code: 'NoSuchKey' } : { status: 200, body: found };
    }
    case 'DELETE':
      objects.delete(key);
      return { status: 204 };
    default:
      return { status: 405, code: 'MethodNotAllowed' };
  }
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

function objectionTo(request: IncomingMessage, body: Buffer): S3Answer | undefined {
  const parts = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (parts === null) return { status: 403, code: 'AccessDenied' };
  const [, id = '', day = '', region = '', signed = '', signature = ''] = parts;
  const at = String(request.headers['x-amz-date'] ?? '');
  const sent = String(request.headers['x-amz-content-sha256'] ?? '');
  if (id !== KEY.id) return { status: 403, code: 'InvalidAccessKeyId' };
  if (region !== REGION) return { status: 400, code: 'AuthorizationHeaderMalformed' };
  const [, year, month, date, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at) ?? [];
  const time = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  if (!at.startsWith(day) || !(Math.abs(Date.now() - time) < MAX_SKEW_MS))
    return { status: 403, code: 'RequestTimeTooSkewed' };
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date') || !names.includes('x-amz-content-sha256'))
    return { status: 403, code: 'AccessDenied' };
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const canonical = [
    request.method,
    path,
    query,
    ...names.map(name => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    signed,
    sent,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', at, scope, hash(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(mac, Buffer.from(`AWS4${KEY.secret}`));
  if (mac(key, toSign).toString('hex') !== signature) return { status: 403, code: 'SignatureDoesNotMatch' };
  if (sent !== 'UNSIGNED-PAYLOAD' && sent !== hash(body))
    return { status: 400, code: 'XAmzContentSHA256Mismatch' };
  return undefined;
}
