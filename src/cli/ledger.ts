/** `patchbay ledger`: the books, from the running hub or else from its database. */
import type { HubConfig } from '../config/config.ts';
import type { Ledger, LedgerSide } from '../storage/look-up.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { findHub, tellRefused, tellUnreachable } from './hub-client.ts';
import type { Session } from './io.ts';
import { openOffline, tellOffline } from './offline.ts';
import type { Cli } from './program.ts';
import { readConfig } from './settings.ts';

export function addLedger(cli: Cli): void {
  const command = cli.program
    .command('ledger')
    .description('print the books: what was accepted must be done, dead, parked or in flight')
    .option('--recount', 'count the messages themselves, not only the running totals')
    .action(({ recount }: { recount?: boolean }) =>
      cli.run(command, session => ledger(recount === true, session)),
    );
}

async function ledger(recount: boolean, session: Session): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  const read = await readLedger(config, recount, session);
  if (typeof read === 'number') return read;
  if (session.settings.json) session.json(read);
  else print(read, session);
  const { inbound, outbound } = read;
  return inbound.difference === 0 && outbound.difference === 0 ? EXIT.ok : EXIT.problems;
}

async function readLedger(config: HubConfig, recount: boolean, session: Session): Promise<Ledger | ExitCode> {
  await using hub = findHub(config);
  const asked = await hub?.ask(`/v1/ledger${recount ? '?recount' : ''}`);
  if (asked?.kind === 'answered') {
    // Our own hub's answer, made of this very type.
    return asked.status === 200 ? (asked.body as Ledger) : tellRefused(session, asked);
  }
  using offline = openOffline(config);
  if (offline === null) return tellUnreachable(session, config, asked?.reason);
  tellOffline(session, offline, asked?.reason);
  session.note('Requests it has accepted but not taken in yet are not counted.');
  return offline.ledger(recount);
}

const COLUMNS = ['accepted', 'done', 'dead', 'parked', 'inFlight', 'difference'] as const;
const TITLES = ['accepted', 'done', 'dead', 'parked', 'in flight', 'difference'];

function print(books: Ledger, { line, paint }: Session): void {
  const { inbound, outbound, duplicates, receipts, ignored, ambiguous } = books;
  const width = Math.max(
    ...TITLES.map(title => title.length),
    ...COLUMNS.map(name => String(inbound[name]).length),
  );
  const row = (title: string, cells: readonly string[]): string =>
    [title.padEnd(9), ...cells.map(cell => cell.padStart(width))].join('  ');
  const side = (title: string, found: LedgerSide): string => {
    const text = row(
      title,
      COLUMNS.map(name => String(found[name])),
    );
    return found.difference === 0 ? text : paint('red', text);
  };
  line(paint('dim', row('', TITLES)));
  line(side('inbound', inbound));
  line(side('outbound', outbound));
  line();
  line(`duplicates  ${duplicates}`);
  line(`receipts    ${receipts}`);
  line(`ambiguous   ${ambiguous.total}, proven sent ${ambiguous.provenSent}, sent again ${ambiguous.resent}`);
  if (ignored.length === 0) return;
  line();
  line(paint('dim', 'ignored'));
  for (const { channel, reason, count } of ignored)
    line(`${String(count).padStart(9)}  ${channel}  ${reason}`);
}
