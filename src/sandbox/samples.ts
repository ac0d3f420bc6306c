/** Small real files, for media that people send: the hub can download what a webhook names. */
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

export interface Sample {
  readonly mimeType: string;
  readonly bytes: Buffer;
  /** As base64, as Meta writes it. */
  readonly sha256: string;
}

const sample = (mimeType: string, bytes: Buffer): Sample => ({
  mimeType,
  bytes,
  sha256: createHash('sha256').update(bytes).digest('base64'),
});

/** A picture of a colour that fades, so that what was downloaded can be seen. https://www.w3.org/TR/png-3/ */
function png(size: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2], 8); // 8 bits, red green blue
  const row = (y: number): readonly number[] => [
    0,
    ...Array.from({ length: size }, (_, x) => [37, Math.floor((99 * y) / size), 155 + (x % 100)]).flat(),
  ];
  const pixels = Buffer.from(Array.from({ length: size }, (_, y) => row(y)).flat());
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;

/** The head of an Ogg stream with Opus in it: enough to be recognised. https://www.rfc-editor.org/rfc/rfc7845 */
const OGG = Buffer.concat([
  Buffer.from('OggS\0\x02', 'latin1'),
  Buffer.alloc(20),
  Buffer.from('\x01\x13OpusHead\x01\x01', 'latin1'),
  Buffer.alloc(9),
]);

/** The file type box of an MP4 file: enough to be recognised. */
const MP4 = Buffer.from('AAAAHGZ0eXBpc29tAAACAGlzb21pc28ybXA0MQ==', 'base64');

/** One transparent pixel, without loss. https://developers.google.com/speed/webp/docs/riff_container */
const WEBP = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');

export const SAMPLES = {
  image: sample('image/png', png(96)),
  video: sample('video/mp4', MP4),
  audio: sample('audio/mp4', MP4),
  voice: sample('audio/ogg; codecs=opus', OGG),
  document: sample('application/pdf', Buffer.from(PDF)),
  sticker: sample('image/webp', WEBP),
} as const;
