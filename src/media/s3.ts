/** Media in a bucket of S3 or what speaks its language. aws4fetch signs, our own pool carries. */
import { createReadStream } from 'node:fs';
import { Agent, type Dispatcher, request } from 'undici';
import { isMediaId, type MediaStore, type SpooledFile } from './store.ts';

export interface S3Options {
  /** The address of the service; the bucket becomes the first part of the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before every id; empty or `folder/`. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Method = 'GET' | 'PUT' | 'DELETE';

interface Call {
  readonly method: Method;
  readonly id: string;
  readonly file?: SpooledFile;
  readonly signal: AbortSignal;
}

const UNSIGNED = 'UNSIGNED-PAYLOAD';
const MAX_ERROR_BYTES = 16_384;

/** Goes wherever the operator says, also inside: no guard stands before it. */
export function s3Store(options: S3Options): MediaStore {
  const agent = new Agent({
    connections: 16,
    connect: { timeout: 5_000 },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  const { bucket, prefix, region, accessKeyId, secretAccessKey } = options;
  const base = options.endpoint.replace(/\/+$/, '');

  async function call({ method, id, file, signal }: Call): Promise<Dispatcher.ResponseData> {
    // Loaded when needed: a hub that keeps media in a folder never does.
    const { AwsV4Signer } = await import('aws4fetch');
    const signer = new AwsV4Signer({
      method,
      url: `${base}/${bucket}/${prefix}${id}`,
      // With its hash signed, the service refuses bytes that changed on their way.
      headers: { 'x-amz-content-sha256': file?.sha256 ?? UNSIGNED },
      service: 's3',
      region,
      accessKeyId,
      secretAccessKey,
    });
    const { url, headers } = await signer.sign();
    return request(url, {
      method,
      headers: {
        ...Object.fromEntries(headers.entries()),
        ...(file === undefined ? {} : { 'content-length': String(file.bytes) }),
      },
      body: file === undefined ? null : createReadStream(file.path),
      signal,
      dispatcher: agent,
    });
  }

  return {
    async put(id, file, signal) {
      if (!isMediaId(id)) throw new Error('not a media id');
      const response = await call({ method: 'PUT', id, file, signal });
      if (response.statusCode !== 200) throw await errorOf(response, 'PUT');
      await response.body.dump();
    },
    async get(id, signal) {
      if (!isMediaId(id)) return null;
      const response = await call({ method: 'GET', id, signal });
      if (response.statusCode === 200) {
        const length = Number(response.headers['content-length']);
        if (Number.isSafeInteger(length)) return { bytes: length, stream: response.body };
        response.body.on('error', () => {}).destroy();
        throw new Error('S3 answered GET without a length');
      }
      const error = await errorOf(response, 'GET');
      if (response.statusCode === 404 && error.code === 'NoSuchKey') return null;
      throw error;
    },
    async remove(id, signal) {
      if (!isMediaId(id)) return;
      const response = await call({ method: 'DELETE', id, signal });
      if (response.statusCode === 204 || response.statusCode === 200)
        return void (await response.body.dump());
      const error = await errorOf(response, 'DELETE');
      if (error.code !== 'NoSuchKey') throw error;
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

/** Its code and nothing else of it: the answer quotes keys and addresses. */
async function errorOf(
  { statusCode, body }: Dispatcher.ResponseData,
  method: Method,
): Promise<Error & { code: string }> {
  const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(await beginningOf(body))?.[1] ?? '';
  return Object.assign(new Error(`S3 answered ${method} with ${statusCode} ${code}`.trimEnd()), { code });
}

async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  body.on('error', () => {});
  for await (const chunk of body) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return text;
}
