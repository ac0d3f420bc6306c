/** The small parts: types by bytes, names, signed addresses, and where a token goes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { headersFor } from '../../src/media/fetch.ts';
import { mediaLinks } from '../../src/media/link.ts';
import { attachment, safeName } from '../../src/media/name.ts';
import { agree, servedType, typeOf } from '../../src/media/type.ts';
import { SAMPLES } from '../../src/sandbox/samples.ts';
import { ID } from './support.ts';

describe('the type of bytes', () => {
  const text = (value: string): Buffer => Buffer.from(value);
  for (const [what, bytes, type] of [
    ['a picture', SAMPLES.image.bytes, 'image/png'],
    ['a film', SAMPLES.video.bytes, 'video/mp4'],
    ['a voice', SAMPLES.voice.bytes, 'audio/ogg'],
    ['a PDF', SAMPLES.document.bytes, 'application/pdf'],
    ['a sticker', SAMPLES.sticker.bytes, 'image/webp'],
    ['a program', Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), 'application/x-msdownload'],
    ['a page', text('<!DOCTYPE html><p>hi'), 'text/html'],
    ['a page behind a comment', text('\n<!-- x -->\n<HTML>'), 'text/html'],
    ['a page behind a byte order mark', text('\ufeff<html>'), 'text/html'],
    ['a script in a page', text('  <script>alert(1)</script>'), 'text/html'],
    [
      'a drawing',
      text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
      'image/svg+xml',
    ],
    ['a drawing by itself', text('<svg><script>x()</script></svg>'), 'image/svg+xml'],
    ['XML', text('<?xml version="1.0"?><a/>'), 'application/xml'],
    ['words', text('Grüße, 世界 🎉\n'), 'text/plain'],
    ['words cut in a letter', text('世界').subarray(0, 5), 'text/plain'],
    ['nothing known', Buffer.from([1, 2, 3, 0, 255]), 'application/octet-stream'],
    ['broken text', Buffer.from([0x68, 0x69, 0xff, 0xfe]), 'application/octet-stream'],
  ] as const)
    it(`${what} is ${type}`, async () => assert.equal(await typeOf(bytes), type));

  it('is found for any bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        assert.match(await typeOf(bytes), /^[\w.+-]+\/[\w.+-]+$/);
      }),
    ));

  it('agrees with what is only another name for it', () => {
    for (const [claimed, found] of [
      ['image/jpg', 'image/jpeg'],
      ['IMAGE/PNG; x=y', 'image/png'],
      ['audio/ogg; codecs=opus', 'audio/ogg'],
      ['audio/mp4', 'video/mp4'],
      ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/zip'],
      ['application/msword', 'application/x-cfb'],
      ['text/csv', 'text/plain'],
      ['application/json', 'text/plain'],
      ['application/octet-stream', 'image/png'],
      ['image/*', 'image/png'],
      ['', 'text/html'],
      [null, 'text/html'],
    ] as const)
      assert.ok(agree(claimed, found), `${claimed} ${found}`);
    for (const [claimed, found] of [
      ['image/jpeg', 'text/html'],
      ['image/*', 'text/html'],
      ['image/png', 'image/jpeg'],
      ['text/plain', 'application/x-msdownload'],
      ['image/png', 'application/zip'],
      ['image/png', 'application/octet-stream'],
      ['text/plain', 'text/html'],
    ] as const)
      assert.ok(!agree(claimed, found), `${claimed} ${found}`);
  });

  it('is told to browsers only where they do nothing with it', () => {
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/xml',
      'text/xml',
      'text/javascript',
      'text/css',
      'application/xhtml+xml',
      'x',
      'a/b\r\nc: d',
    ])
      assert.equal(servedType(type), 'application/octet-stream', type);
    for (const type of ['image/png', 'application/pdf', 'text/plain', 'video/mp4'])
      assert.equal(servedType(type), type);
  });
});

describe('a file name', () => {
  for (const [given, safe] of [
    ['plan.png', 'plan.png'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\x.txt', 'x.txt'],
    ['C:\\windows\\win.ini', 'win.ini'],
    ['a\0.png', 'a.png'],
    ['a\r\nX-Evil: 1', 'aX-Evil_ 1'],
    ['gpj\u202e.exe', 'gpj.exe'],
    ['-rf', 'rf'],
    ['.htaccess', 'htaccess'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['a"b;c%d.txt', 'a_b_c_d.txt'],
    ['  spaces   inside  .', 'spaces inside'],
    ['\ud800half', '\ufffdhalf'],
    ['', 'file.bin'],
    ['/', 'file.bin'],
    ['...', 'file.bin'],
    ['\u200b', 'file.bin'],
    [null, 'file.bin'],
  ] as const)
    it(`${JSON.stringify(given)} is shown as ${JSON.stringify(safe)}`, () =>
      assert.equal(safeName(given, 'file.bin'), safe));

  it('is cut where it is long, before its ending', () => {
    const name = safeName(`${'ä🎉'.repeat(3_000)}.pdf`, 'x');
    assert.equal([...name].length, 120);
    assert.ok(name.endsWith('.pdf'));
  });

  it('never ends its header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), name => {
        assert.match(
          attachment(name, 'file.bin'),
          /^attachment; filename="[ !#-[\]-~]+"; filename\*=UTF-8''[A-Za-z0-9%._~-]+$/,
        );
      }),
    );
  });
});

describe('a signed address', () => {
  let now = 1_750_000_000_000;
  const links = mediaLinks('secret of this hub', () => now);
  const token = links.path(ID, 60_000).slice('/media/'.length);

  it('leads to its file, and no longer than it says', () => {
    assert.equal(links.read(token), ID);
    now += 59_000;
    assert.equal(links.read(token), ID);
    now += 2_000;
    assert.equal(links.read(token), null);
    now -= 61_000;
  });

  it('cannot be changed or made by others', () => {
    const [id = '', end = '', mac = ''] = token.split('.');
    const later = (Number.parseInt(end, 36) + 1).toString(36);
    for (const other of [
      '',
      id,
      `${id}.${end}`,
      `${id}.${later}.${mac}`,
      `${id.replace('0', '1')}.${end}.${mac}`,
      `${id}.${end}.${mac.replace(/^./, first => (first === 'A' ? 'B' : 'A'))}`,
      `${id}.${end}.${mac}x`,
      `${id}.${end}.`,
      `${id}.${end}.${'A'.repeat(43)}`,
      `../${token}`,
      `${id}.${end}${'0'.repeat(20)}.${mac}`,
    ])
      assert.equal(links.read(other), null, other);
    assert.equal(mediaLinks('another secret', () => now).read(token), null);
  });
});

describe('a token', () => {
  const ask = (over: { hosts?: readonly string[]; authorization?: string | (() => Promise<null>) } = {}) => ({
    url: '',
    authorization: 'Bearer secret',
    hosts: ['files.example.com', '*.cdn.example'],
    signal: new AbortController().signal,
    ...over,
  });
  const judged = (url: string, trusted = false) =>
    ({ ok: true, url: new URL(url), addresses: [], trusted }) as const;

  for (const [url, hop, trusted, goes] of [
    ['https://files.example.com/x', 0, false, true],
    ['https://files.example.com/x', 1, false, true],
    ['https://a.b.cdn.example/x', 1, false, true],
    ['http://127.0.0.1:4000/x', 0, true, true],
    ['http://files.example.com/x', 0, false, false],
    ['https://evil.example.com/x', 1, false, false],
    ['https://files.example.com.evil.net/x', 1, false, false],
    ['https://cdn.example/x', 1, false, false],
    ['https://evilcdn.example/x', 1, false, false],
  ] as const)
    it(`${goes ? 'goes' : 'does not go'} to ${url}, hop ${hop}`, async () => {
      const made = await headersFor(judged(url, trusted), ask(), hop);
      assert.ok('headers' in made);
      assert.equal(made.headers.authorization, goes ? 'Bearer secret' : undefined);
    });

  it('has hosts, or goes nowhere', async () => {
    const { hosts: _, ...anywhere } = ask();
    const made = await headersFor(judged('https://files.example.com/x'), anywhere, 0);
    assert.ok('headers' in made && made.headers.authorization === undefined);
    assert.ok('code' in (await headersFor(judged('https://evil.example.com/x'), ask(), 0)));
  });

  it('that cannot be got ends the fetch', async () => {
    const made = await headersFor(
      judged('https://files.example.com/x'),
      ask({ authorization: async () => null }),
      0,
    );
    assert.equal('code' in made && made.code, 'unauthorized');
  });
});
