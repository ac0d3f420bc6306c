/** `patchbay sandbox`: the platforms of ours on a port of their own, for a hub that runs elsewhere. */
import { once } from 'node:events';
import { definitionOf } from '../channels/index.ts';
import type { ChannelConfig } from '../config/config.ts';
import { readListen } from '../config/hub-schema.ts';
import { platformOf, type SandboxAccount, startSandbox } from '../sandbox/index.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { reachable } from './hub-client.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { type RunFlags, runScenario } from './sandbox-run.ts';
import { readConfig } from './settings.ts';
import { columns } from './words.ts';

interface Flags {
  readonly listen?: string;
  readonly webhookBase?: string;
}

export function addSandbox(cli: Cli): void {
  const sandbox = cli.program.command('sandbox').description('stand-ins for the platforms');
  const serve = sandbox
    .command('serve')
    .description('serve the platforms of the channels in the sandbox, until told to stop')
    .option('--listen <host:port>', 'where; port 0 is any free one (default: 127.0.0.1:0)')
    .option('--webhook-base <url>', 'the hub that gets their webhooks (default: as configured)')
    .action((flags: Flags) => cli.run(serve, session => serveSandbox(flags, session)));
  const run = sandbox
    .command('run')
    .description('play a scenario: what people say, in bad weather, and what comes of it')
    .argument('<file>', 'the scenario, as those in config/scenarios')
    .option('--own', 'on a hub of its own, on a temporary folder; the default where none runs')
    .action((file: string, flags: RunFlags) => cli.run(run, session => runScenario(file, flags, session)));
}

async function serveSandbox(flags: Flags, session: Session): Promise<ExitCode> {
  const given = flags.listen === undefined ? undefined : readListen(flags.listen);
  if (flags.listen !== undefined && given === undefined) {
    session.problem(`--listen ${flags.listen}: expected host:port, such as 127.0.0.1:8790`);
    return EXIT.usage;
  }
  if (flags.webhookBase !== undefined && !/^https?:\/\/./.test(flags.webhookBase)) {
    session.problem(`--webhook-base ${flags.webhookBase}: expected an http(s) address`);
    return EXIT.usage;
  }
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  const { port } = config.http;
  const host = config.http.host.includes(':') ? `[${config.http.host}]` : config.http.host;
  const base = (flags.webhookBase ?? reachable(`http://${host}:${port}`)).replace(/\/+$/, '');
  const accounts = config.channels.flatMap(channel => accountOf(channel, base));
  if (accounts.length === 0) {
    session.problem('no channel of this configuration is in the sandbox');
    return EXIT.problems;
  }
  const listen = given ?? config.sandbox.listen ?? { host: '127.0.0.1', port: 0 };
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    await using sandbox = await startSandbox({ listen, accounts });
    const shown = accounts.map(({ id, type, webhook }) => ({
      id,
      type,
      url: sandbox.urlFor(type, id),
      webhook: String(webhook),
    }));
    if (session.settings.json) session.json({ url: sandbox.url, accounts: shown });
    else {
      session.line(`sandbox  ${sandbox.url}   what it got: ${sandbox.url}/_sandbox/received`);
      session.line();
      const rows = shown.map(({ id, type, url, webhook }) => [id, type, url, webhook]);
      const [head = '', ...lines] = columns([['CHANNEL', 'TYPE', 'ADDRESS', 'WEBHOOKS TO'], ...rows]);
      session.line(session.paint('dim', head));
      for (const line of lines) session.line(line);
      session.note('Ctrl-C stops.');
    }
    await stopped;
    return EXIT.ok;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    session.problem(`cannot listen on ${listen.host}:${listen.port}: ${code}`);
    return EXIT.problems;
  }
}

function accountOf(channel: ChannelConfig, base: string): readonly SandboxAccount[] {
  const { id, type, adapter, enabled, sandbox } = channel;
  const definition = definitionOf(type);
  const isPlayed = (platformOf(type)?.play ?? null) !== null;
  if (!enabled || !sandbox || !isPlayed || definition === undefined) return [];
  return [{ type, id, config: adapter, definition, webhook: `${base}/webhooks/${id}` }];
}
