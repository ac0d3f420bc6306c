/** What a database holds, as a digest for each table: equal digests are equal rows. */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

export type Content = Readonly<Record<string, string>>;

export function contentOf(path: string): Content {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(
      tables.map(({ name }) => {
        const digest = createHash('sha256');
        const width = db.prepare(`PRAGMA table_info(${name})`).all().length;
        const order = Array.from({ length: width }, (_, index) => index + 1).join(', ');
        for (const row of db.prepare(`SELECT * FROM ${name} ORDER BY ${order}`).iterate())
          digest.update(JSON.stringify(Object.values(row)));
        return [String(name), digest.digest('hex')];
      }),
    );
  } finally {
    db.close();
  }
}

/** The tables that are not the same. */
export function differences(one: Content, other: Content): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter(name => one[name] !== other[name]);
}
