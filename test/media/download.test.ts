/** Fetching from whoever answers: what is kept, what is refused, where a token goes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { guard } from '../../src/media/guard.ts';
import { type Behaviour, ID, type Place, place, rawSite, site } from './support.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const sha256 = (bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(bytes).digest(encoding);

const giving =
  (bytes: Uint8Array, type = 'image/png'): Behaviour =>
  (_, response) =>
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);

/** Nothing is left of what was not kept. */
async function assertClean(shelf: Place): Promise<void> {
  assert.deepEqual(readdirSync(shelf.incoming), []);
  assert.equal(await shelf.media.get(ID, AbortSignal.timeout(5_000)), null);
}

async function kept(shelf: Place): Promise<Buffer> {
  const opened = await shelf.media.get(ID, AbortSignal.timeout(5_000));
  assert.ok(opened !== null);
  return Buffer.concat(await opened.stream.toArray());
}

/** One fetch of `/file` from such a server; what became of it. */
async function outcome(behave: Behaviour, options: Parameters<Place['fetch']>[1] = {}) {
  await using server = await site(behave);
  using shelf = await place(server);
  const found = await shelf.fetch({ url: `${server.url}/file` }, options);
  if (!found.ok) await assertClean(shelf);
  return found.ok ? found.kept : `${found.code}: ${found.reason}`;
}

describe('fetching media', () => {
  it('keeps the bytes, their hash, and the type that they have', async () => {
    await using server = await site(giving(PNG));
    using shelf = await place(server);
    const media = { mimeType: 'image/png', bytes: PNG.length, sha256: sha256(PNG, 'base64') };
    assert.deepEqual(await shelf.fetch({ url: `${server.url}/file` }, { media }), {
      ok: true,
      kept: { type: 'image/png', bytes: PNG.length, sha256: sha256(PNG), notes: [] },
    });
    assert.deepEqual(await kept(shelf), PNG);
    assert.deepEqual(readdirSync(shelf.incoming), []);
  });

  it('notes what is not as it was told, and keeps it all the same', async () => {
    const page = Buffer.from('<html><script>alert(1)</script></html>');
    const media = { mimeType: 'image/jpeg', bytes: 7, sha256: 'beef' };
    assert.deepEqual(await outcome(giving(page, 'image/jpeg'), { media }), {
      type: 'text/html',
      bytes: page.length,
      sha256: sha256(page),
      notes: [
        'its bytes are text/html and not what was claimed',
        '7 bytes were told of',
        'another SHA-256 was told of',
      ],
    });
  });

  it('takes an answer in pieces, and one without a length', async () => {
    const found = await outcome((_, response) => {
      response.write(PNG.subarray(0, 10));
      setImmediate(() => response.end(PNG.subarray(10)));
    });
    assert.equal(typeof found === 'object' && found.sha256, sha256(PNG));
  });

  it('reads what comes compressed although it was asked not to', async () => {
    const found = await outcome((request, response) => {
      assert.equal(request.headers['accept-encoding'], 'identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(PNG));
    });
    assert.equal(typeof found === 'object' && found.sha256, sha256(PNG));
  });

  describe('refuses', () => {
    it('what says that it is too large, without reading it', async () => {
      let written = 0;
      const found = await outcome(
        (_, response) => {
          response.writeHead(200, { 'content-length': 10_000_000_000_000 });
          response.write('x', () => {
            written++;
          });
        },
        { maxBytes: 100 },
      );
      assert.equal(found, 'too-large: more than 100 bytes');
      assert.ok(written <= 1);
    });

    it('what never ends', async () => {
      const found = await outcome(
        (_, response) => {
          const more = (): void => {
            while (response.writable && response.write(Buffer.alloc(10_000)));
          };
          response.on('drain', more);
          more();
        },
        { maxBytes: 500_000 },
      );
      assert.equal(found, 'too-large: more than 500000 bytes');
    });

    it('what is small only as long as it is compressed', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000));
      assert.ok(bomb.length < 60_000);
      const found = await outcome((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
      });
      assert.equal(found, 'too-large: more than 1000000 bytes');
    });

    it('what cannot be decompressed, or nobody knows how', async () => {
      const answer =
        (encoding: string): Behaviour =>
        (_, response) => {
          response.writeHead(200, { 'content-encoding': encoding }).end('no such thing');
        };
      assert.equal(await outcome(answer('gzip')), 'refused: it cannot be decompressed');
      assert.equal(await outcome(answer('zebra')), 'refused: an unknown compression');
    });

    it('nothing at all', async () => {
      assert.equal(await outcome(giving(Buffer.alloc(0))), 'empty: there is nothing in it');
    });

    it('what comes byte by byte for longer than the limit', async () => {
      const timers: NodeJS.Timeout[] = [];
      const found = await outcome(
        (_, response) => {
          timers.push(setInterval(() => response.write('x'), 20));
        },
        { timeoutMs: 300 },
      );
      for (const timer of timers) clearInterval(timer);
      assert.equal(found, 'timeout: it took too long');
    });

    it('silence', async () => {
      assert.equal(await outcome(() => {}, { timeoutMs: 200 }), 'timeout: it took too long');
    });

    for (const [status, said] of [
      [401, 'unauthorized'],
      [403, 'unauthorized'],
      [404, 'not-found'],
      [410, 'not-found'],
      [400, 'refused'],
      [206, 'refused'],
      [204, 'refused'],
      [304, 'refused'],
      [302, 'refused'],
      [429, 'unavailable'],
      [500, 'unavailable'],
      [503, 'unavailable'],
    ] as const)
      it(`an answer of ${status} as ${said}`, async () => {
        const found = await outcome((_, response) => response.writeHead(status).end());
        assert.equal(found, `${said}: the platform answered ${status}`);
      });

    it('a page in place of a file, where we came with a token', async () => {
      await using server = await site(
        giving(Buffer.from('<html>Sign in</html>'), 'text/html; charset=utf-8'),
      );
      using shelf = await place(server);
      const source = { url: `${server.url}/file`, authorization: 'Bearer t', hosts: ['127.0.0.1'] };
      const found = await shelf.fetch(source, { media: { mimeType: 'image/png' } });
      assert.equal(!found.ok && found.code, 'unauthorized');
      await assertClean(shelf);
      assert.equal((await shelf.fetch(source, { media: { mimeType: 'text/html' } })).ok, true);
    });
  });

  describe('over a connection that', () => {
    const broken = async (answer: Parameters<typeof rawSite>[0]) => {
      await using server = await rawSite(answer);
      using shelf = await place(server);
      const found = await shelf.fetch({ url: `${server.url}/file` });
      if (!found.ok) await assertClean(shelf);
      return found.ok ? found.kept : found.code;
    };
    it('ends before the length it named', async () => {
      const half = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf';
      assert.equal(await broken(socket => socket.end(half)), 'incomplete');
    });
    it('ends in the middle of a chunk', async () => {
      const half = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\nhalf';
      assert.equal(await broken(socket => socket.end(half)), 'incomplete');
    });
    it('says more than the length it named: no more than that is taken', async () => {
      const more = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfourand more';
      const found = await broken(socket => socket.end(more));
      assert.ok(typeof found === 'string' || found.bytes === 4);
    });
    it('is reset', async () => {
      assert.equal(await broken(socket => socket.resetAndDestroy()), 'incomplete');
    });
    it('speaks no HTTP', async () => {
      assert.equal(await broken(socket => socket.end('SSH-2.0-OpenSSH_9.7\r\n')), 'unavailable');
    });
    it('has headers without end', async () => {
      const found = await broken(socket => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const more = (): void => {
          while (socket.writable && socket.write(`x-${'a'.repeat(50)}: ${'b'.repeat(900)}\r\n`));
        };
        socket.on('drain', more);
        more();
      });
      assert.equal(found, 'unavailable');
    });
  });

  describe('follows redirects', () => {
    const to =
      (location: string, status = 302): Behaviour =>
      (_, response) =>
        response.writeHead(status, { location }).end();

    it('three of them, and no more', async () => {
      await using server = await site((request, response) => {
        const left = Number(request.url?.slice(1));
        if (left === 0) giving(PNG)(request, response);
        else to(`/${left - 1}`)(request, response);
      });
      using shelf = await place(server);
      assert.equal((await shelf.fetch({ url: `${server.url}/3` })).ok, true);
      const found = await shelf.fetch({ url: `${server.url}/4` });
      assert.deepEqual(!found.ok && [found.code, found.reason], ['blocked', 'more than 3 redirects']);
    });

    it('not in a circle', async () => {
      assert.equal(await outcome(to('/file')), 'blocked: more than 3 redirects');
    });

    for (const location of [
      'http://169.254.169.254/latest/meta-data/',
      'http://127.0.0.1:1/',
      'http://localhost/',
      'http://[::1]/',
      'http://2130706433/',
      'file:///etc/passwd',
      'http://user:pass@example.com/',
      '//10.0.0.1/x',
      'http://',
    ])
      it(`not to ${location}`, async () => {
        assert.match(String(await outcome(to(location, 307))), /^blocked: /);
      });

    it('with the token to the platform’s own hosts only', async () => {
      await using other = await site(giving(PNG));
      await using platform = await site((request, response) =>
        request.url === '/away' ? to(`${other.url}/file`)(request, response) : to('/away')(request, response),
      );
      using shelf = await place(platform);
      // As if both were public, under names of their own: only the platform’s is on the list.
      const resolving = guard({
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        isAllowedAddress: () => true,
        ports: [platform.port, other.port],
        trusted: [platform.url],
      });
      const source = { url: `${platform.url}/file`, authorization: 'Bearer secret', hosts: ['127.0.0.1'] };
      // The other server has the same address, so it is the encryption that is missing.
      const found = await shelf.fetch(source, { guard: resolving });
      assert.equal(found.ok, true);
      assert.deepEqual(
        platform.seen.map(one => one.authorization),
        ['Bearer secret', 'Bearer secret'],
      );
      assert.deepEqual(
        other.seen.map(one => one.authorization),
        [undefined],
      );
    });

    it('with no token at all from a host that is not the platform’s', async () => {
      await using server = await site(giving(PNG));
      using shelf = await place();
      const open = guard({ isAllowedAddress: () => true, ports: [server.port] });
      const source = {
        url: `${server.url}/x`,
        authorization: 'Bearer secret',
        hosts: ['files.example.com', '*.example.org'],
      };
      const found = await shelf.fetch(source, { guard: open });
      assert.equal(!found.ok && found.code, 'blocked');
      assert.deepEqual(server.seen, []);
    });
  });

  describe('connects', () => {
    it('to the address that was judged, whatever the name leads to afterwards', async () => {
      await using server = await site(giving(PNG));
      using shelf = await place();
      let asked = 0;
      const rebinding = guard({
        // The second answer would be another one.
        resolve: async () => [{ address: ++asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }],
        isAllowedAddress: address => address === '127.0.0.1',
        ports: [server.port],
      });
      const url = `http://rebind.example.com:${server.port}/file`;
      assert.equal((await shelf.fetch({ url }, { guard: rebinding })).ok, true);
      assert.equal(asked, 1);
      const later = await shelf.fetch({ url }, { guard: rebinding });
      assert.equal(!later.ok && later.code, 'blocked');
      assert.equal(server.seen.length, 1);
    });

    it('to nothing else, even where the judgement changes under its hands', async () => {
      await using server = await site(giving(PNG));
      using shelf = await place();
      let calm = true;
      const changing = guard({
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        isAllowedAddress() {
          const before = calm;
          calm = false;
          return before;
        },
        ports: [server.port],
      });
      const found = await shelf.fetch({ url: `http://x.example.com:${server.port}/` }, { guard: changing });
      assert.deepEqual(!found.ok && [found.code, found.reason], [
        'blocked',
        'connected to an address that is not allowed',
      ]);
      assert.deepEqual(server.seen, []);
    });

    it('never to this machine by default', async () => {
      await using server = await site(giving(PNG));
      using shelf = await place();
      const found = await shelf.fetch({ url: `${server.url}/file` });
      assert.equal(!found.ok && found.code, 'blocked');
      assert.deepEqual(server.seen, []);
    });
  });

  describe('in two steps', () => {
    const source = (url: string) => ({
      url: `${url}/describe`,
      authorization: 'Bearer secret',
      hosts: ['127.0.0.1'],
      next: (answer: { readonly [key: string]: unknown }) =>
        typeof answer.url === 'string' ? { url: answer.url } : 'no address in it',
    });
    const describing =
      (answer: string | Buffer): Behaviour =>
      (request, response) =>
        request.url === '/describe' ? response.end(answer) : giving(PNG)(request, response);

    it('goes where the first says', async () => {
      await using server = await site((request, response) =>
        describing(JSON.stringify({ url: `http://${request.headers.host}/bytes` }))(request, response),
      );
      using shelf = await place(server);
      assert.equal((await shelf.fetch(source(server.url))).ok, true);
      assert.deepEqual(server.seen, [
        { path: '/describe', authorization: 'Bearer secret' },
        { path: '/bytes', authorization: undefined },
      ]);
    });

    for (const [what, answer, code] of [
      ['no JSON', '<html>', 'refused'],
      ['a list', '[]', 'refused'],
      ['nothing of use', '{}', 'refused'],
      ['far too much', Buffer.alloc(200_000, 0x20), 'refused'],
      ['an inner address', '{"url":"http://169.254.169.254/"}', 'blocked'],
    ] as const)
      it(`stops where the first says ${what}`, async () => {
        await using server = await site(describing(answer));
        using shelf = await place(server);
        const found = await shelf.fetch(source(server.url));
        assert.equal(!found.ok && found.code, code);
        assert.equal(server.seen.length, 1);
        await assertClean(shelf);
      });
  });

  it('ends when the hub stops, and leaves nothing', async () => {
    const stop = new AbortController();
    await using server = await site((_, response) => {
      response.write('x');
      setImmediate(() => stop.abort());
    });
    using shelf = await place(server);
    const found = await shelf.fetch({ url: `${server.url}/file` }, { stop: stop.signal });
    assert.equal(found.ok, false);
    await assertClean(shelf);
  });
});
