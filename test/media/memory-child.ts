/** Downloads side by side, in a process of its own: prints how much its memory grew at the most, in bytes. */
import { place } from './support.ts';

const [url = '', count = '1', size = '0'] = process.argv.slice(2);
using shelf = await place({ url });

const fetchAll = (parallel: number, path: string) =>
  Promise.all(
    Array.from({ length: parallel }, (_, index) =>
      shelf.fetch(
        { url: `${url}/${path}` },
        { id: `${index}`.padStart(32, '0'), maxBytes: Number(size) + 1, timeoutMs: 120_000 },
      ),
    ),
  );

// What is loaded once is not what is looked for.
await fetchAll(2, 'small');
const before = process.memoryUsage().rss;
const found = await fetchAll(Number(count), 'large');
const grown = process.resourceUsage().maxRSS * 1024 - before;
const bytes = found.map(one => (one.ok ? one.kept.bytes : one.code));
process.stdout.write(JSON.stringify({ grown, bytes }));
