/** The command tree: flags for all, one file for each command. */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../version.ts';
import { addAdapter } from './adapter.ts';
import { addBackup } from './backup.ts';
import { addDlq } from './dlq.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { addExplain } from './explain.ts';
import { type Io, openSession, type Session, type Settings } from './io.ts';
import { addLedger } from './ledger.ts';
import { addLint } from './lint.ts';
import { addNew } from './new.ts';
import { addParse } from './parse.ts';
import { addRender } from './render.ts';
import { addRestore } from './restore.ts';
import { addSandbox } from './sandbox.ts';
import { addStart } from './start.ts';
import { addTrace } from './trace.ts';
import { addTrigger } from './trigger.ts';

/** What a command's file gets to tie itself in. */
export interface Cli {
  readonly program: Command;
  /** Runs the command's work with the flags of all; what it returns is the exit code. */
  run(command: Command, work: (session: Session) => ExitCode | Promise<ExitCode>): Promise<void>;
}

const COMMANDS = [
  addStart,
  addTrigger,
  addParse,
  addRender,
  addLedger,
  addDlq,
  addTrace,
  addBackup,
  addRestore,
  addLint,
  addExplain,
  addSandbox,
  addNew,
  addAdapter,
];

/** Resolves with the exit code; what went wrong has been told by then. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = commandLine(io);
  const cli: Cli = {
    program,
    async run(command, work) {
      code = await work(openSession(io, settingsOf(command, io)));
    },
  };
  for (const add of COMMANDS) add(cli);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and the version end well; everything else is a wrong call, and has been told.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return code;
}

const commandLine = (io: Io): Command =>
  new Command('patchbay')
    .description('One durable hub between a bot and every chat channel.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('-c, --config <file>', 'the configuration', 'config/hub.yaml')
    .option('--json', 'data as JSON, for other programs')
    .option('--no-color', 'no colours, as with NO_COLOR')
    .option('-q, --quiet', 'only data and errors')
    .option('-v, --verbose', 'say more')
    .configureOutput({ writeOut: io.write, writeErr: io.tell })
    .showHelpAfterError('(--help tells more)')
    .exitOverride();

/** The flags as they were given, before or behind the command's name. */
interface Flags {
  readonly config: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

function settingsOf(command: Command, { environment, isTerminal }: Io): Settings {
  const { config, json, color, quiet, verbose } = command.optsWithGlobals<Flags>();
  return {
    config,
    json: json === true,
    color: color && (environment.color === 'always' || (environment.color === 'auto' && isTerminal)),
    quiet: quiet === true,
    verbose: verbose === true,
  };
}
