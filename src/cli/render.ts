/** `patchbay render`: what a channel makes of a message, and what is lost on the way; without a hub or an account. */
import type { Rendering } from '../channels/channel.ts';
import { Unsayable } from '../channels/channel.ts';
import type { JsonValue } from '../message/json.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { openForRendering } from './render-channel.ts';
import { type Given, readMessages } from './render-messages.ts';
import { label, printable, wordsOf } from './words.ts';

interface Flags {
  readonly channel: string;
  readonly to: string;
  readonly thread?: string;
}

/** A person nowhere: enough for a look, and told as such. */
const NOBODY = '15550100001';

export function addRender(cli: Cli): void {
  const command = cli.program
    .command('render')
    .description('print the wire messages a channel makes of outbound messages, and what each loses')
    .argument(
      '<file>',
      'one message or a list of them, as JSON or YAML; its content alone is enough; - is standard input',
    )
    .requiredOption(
      '--channel <type|id>',
      'a platform, a channel of the configuration, or the type of an adapter in hub.yaml',
    )
    .option('--to <conversation>', 'where messages go that do not say it', NOBODY)
    .option('--thread <id>', 'the thread there')
    .action((file: string, flags: Flags) => cli.run(command, session => render(file, flags, session)));
}

/** One message, and what became of it. */
interface Rendered {
  readonly content: Given['content'];
  readonly wires: readonly JsonValue[];
  readonly losses: Rendering<JsonValue>['losses'];
  /** Why the platform has no way to say it; null where it has. */
  readonly refused: string | null;
}

async function render(file: string, flags: Flags, session: Session): Promise<ExitCode> {
  const channel = openForRendering(flags.channel, session);
  if (typeof channel === 'number') return channel;
  const given = await readMessages(file, session);
  if (typeof given === 'number') return given;
  const rendered = given.map(({ content, replyTo, conversation, thread, route }, index): Rendered => {
    const address = {
      tenant: channel.tenant,
      channel: channel.id,
      conversation: conversation ?? flags.to,
      ...pick('thread', thread ?? flags.thread),
      ...pick('route', route),
    };
    const message = { id: `render-${index + 1}`, address, content, ...pick('replyTo', replyTo) };
    try {
      return { content, ...channel.render(message), refused: null };
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      return { content, wires: [], losses: [], refused: error.message };
    }
  });
  if (session.settings.json) session.json({ type: channel.type, channel: channel.id, messages: rendered });
  else for (const [index, one] of rendered.entries()) show(one, index, session);
  return rendered.some(({ refused }) => refused !== null) ? EXIT.problems : EXIT.ok;
}

const pick = <Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: string });

function show({ content, wires, losses, refused }: Rendered, index: number, session: Session): void {
  const { line, paint } = session;
  if (index > 0) line();
  line(label('message', paint('bold', `${content.kind}  ${wordsOf(content)}`), session));
  if (refused !== null) line(label('refused', paint('red', printable(refused)), session));
  for (const [part, wire] of wires.entries()) {
    line(label('wire', `${part + 1} of ${wires.length}`, session));
    for (const text of JSON.stringify(wire, null, 2).split('\n')) line(`  ${printable(text)}`);
  }
  if (wires.length === 0 && refused === null) line(label('wire', 'nothing is sent', session));
  for (const { what, why } of losses)
    line(label('lost', paint('yellow', printable(`${what}: ${why}`)), session));
}
