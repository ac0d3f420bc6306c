// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/**
 * The reference below docs/reference, made whole from the schemas and tables that the hub itself uses.
 * `node scripts/reference.ts` writes it, `--check` only compares and exits 1 where it differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from '../src/channels/index.ts';
import { CommonChannelFile } from '../src/config/channel-schema.ts';
import { CODES } from '../src/config/codes.ts';
import { Delivery, Pipeline } from '../src/config/common-schema.ts';
import { HubFile } from '../src/config/hub-schema.ts';
import { channelJsonSchema, hubJsonSchema, messageJsonSchema } from '../src/config/json-schema.ts';
import { type KeyRow, keysOf } from '../src/config/keys.ts';
import { FAULTS } from '../src/message/fault.ts';
import type { JsonValue } from '../src/message/json.ts';
import { WARNINGS } from '../src/server/warnings.ts';
import { INBOUND_CODES } from '../src/storage/dead-letters.ts';
import { CHANNELS, inboundRows, limitRows, outboundRows } from './capabilities.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOTICE = '<!-- Made by scripts/reference.ts; changes here are lost. -->';

/** Every file of the reference by its path from the root of the project. */
export function referenceFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/schema/hub.schema.json', jsonText(hubJsonSchema())],
    ['docs/reference/schema/channel.schema.json', jsonText(channelJsonSchema(definitions))],
    ['docs/reference/schema/message.schema.json', jsonText(messageJsonSchema())],
    ['docs/reference/config.md', configPage()],
    ['docs/reference/capabilities.md', capabilitiesPage()],
    ['docs/reference/faults.md', faultsPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/warnings.md', warningsPage()],
  ]);
}

/** Those of them that are missing or differ on the disk. */
export function staleFiles(): readonly string[] {
  return [...referenceFiles()]
    .filter(
      ([path, text]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== text,
    )
    .map(([path]) => path);
}

function configPage(): string {
  const common = keysOf(CommonChannelFile).filter(row => !/^(pipeline|delivery)(\.|$)/.test(row.key));
  return page(
    'Configuration',
    'The hub reads `config/hub.yaml` and the channel files it names, `config/channels/*.yaml`. The name of a channel ' +
      'file, without its ending, is the id of the channel. Unknown keys are errors.',
    '- **Durations**: `500ms`, `10s`, `15m`, `2h`, `30d`. **Sizes**: `64kb`, `20mb`, `1gb`.\n' +
      '- **References**: `${env:NAME}` and `${file:/path}` stand for what the environment or a file holds. A secret is ' +
      'given as one reference and in no other way. Elsewhere a reference may stand inside a text and have a default, ' +
      '`${env:NAME:-default}`; with an empty one, `${env:NAME:-}`, the key counts as left out. `$${` stands for `${` itself.\n' +
      '- **Sandbox**: a channel none of whose credentials are set talks to a platform of ours, with credentials made ' +
      'up from a seed in the data folder. Where only some are set, that is an error.\n' +
      '- **Environment**: `PORT` takes the place of the port in `http.listen`, `PATCHBAY_DATA` that of `data`.\n' +
      '- Numbers that are names, as `phone_number_id: "106540352242922"`, stand in quotes.',
    '## hub.yaml',
    table(keysOf(HubFile).filter(row => !/^defaults\./.test(row.key))),
    'Below `defaults` stand the sections `pipeline` and `delivery` of a channel file.',
    '## Channel files',
    'Every channel file has these keys, and those of its type.',
    table([...common, ...keysOf(Pipeline, 'pipeline'), ...keysOf(Delivery, 'delivery')]),
    ...definitions.flatMap(({ type, config }) => [`## Channel files of type ${type}`, table(keysOf(config))]),
  );
}

function table(rows: readonly KeyRow[]): string {
  const cells = rows.map(row => [
    row.section ? `**\`${row.key}\`**` : `\`${row.key}\``,
    row.section ? '' : row.type,
    row.required ? 'required' : row.fallback === undefined ? '' : `\`${row.fallback}\``,
    row.description,
  ]);
  return markdownTable(['Key', 'Type', 'Default', 'Meaning'], cells);
}

function capabilitiesPage(): string {
  return page(
    'What each channel can',
    'What we can say, as each adapter renders it: _yes_ means as it was meant; _degraded_ that it arrives in another ' +
      'form, with the loss noted on the message; _left out_ that nothing is sent and nobody misses it; _refused_ that ' +
      'the message becomes a dead letter. `patchbay render` shows it for a message of yours.',
    '## What we say',
    markdownTable(['Content', ...CHANNELS], outboundRows()),
    '## What people say',
    'Whatever else a platform sends is kept whole as `unsupported`.',
    markdownTable(['Content', ...CHANNELS], inboundRows()),
    '## Limits',
    'Longer texts are split between blocks, lines, sentences or words.',
    markdownTable(['', ...CHANNELS], limitRows()),
  );
}

function faultsPage(): string {
  const rows = Object.entries(FAULTS).map(([code, row]) => [
    `\`${code}\``,
    row.class,
    row.account ? 'account' : 'message',
    row.breaker,
    row.meaning,
  ]);
  return page(
    'Faults',
    'Why an attempt to send a wire message failed. The class decides what follows: _not sent_ is tried again, ' +
      '_ambiguous_ waits for proof and then follows the policy of the channel, _final_ is a dead letter. A fault of ' +
      'the account would meet its other messages as well: it is not held against the message, which waits until its ' +
      'age ends it (`delivery.retry.max_age`). What _opens_ the breaker pauses the account at once; what _counts_ does ' +
      'when more than half of the last twenty attempts ended so. A paused account tries one message now and then, and ' +
      'goes on when one goes well.',
    markdownTable(['Fault', 'Class', 'About', 'Breaker', 'Meaning'], rows),
    '## Messages that came in',
    'A message that came in is sent nowhere, and is a dead letter for one of these reasons:',
    markdownTable(
      ['Code', 'Meaning'],
      Object.entries(INBOUND_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  );
}

function warningsPage(): string {
  return page(
    'Warnings',
    '`GET /readyz` has `warnings`: what people should see to, though all goes on. Each begins with one of these codes. ' +
      '`patchbay explain CODE` prints what stands here.',
    ...Object.entries(WARNINGS).flatMap(([code, { meaning, fix }]) => [
      `## ${code}`,
      meaning,
      `**What to do:** ${fix}`,
    ]),
  );
}

function errorsPage(): string {
  return page(
    'Errors in the configuration',
    'All problems of all files are told at once. `patchbay explain CODE` prints what stands here. A process that finds ' +
      'one at its start exits with 78.',
    ...Object.entries(CODES).flatMap(([code, { title, meaning, fix }]) => [
      `## ${code}: ${title}`,
      meaning,
      `**What to do:** ${fix}`,
    ]),
  );
}

const page = (title: string, ...blocks: readonly string[]): string =>
  `${[`# ${title}`, NOTICE, ...blocks].join('\n\n')}\n`;

/** As the formatter of the project would write it, with the columns in line. */
function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map(cells => cells.map(escaped));
  const widths = head.map((_, column) => Math.max(3, ...rows.map(cells => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[], filler: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`;
  const [first = [], ...others] = rows;
  const rule = line(
    head.map(() => '---'),
    '-',
  );
  return [line(first, ' '), rule, ...others.map(cells => line(cells, ' '))].join('\n');
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** As the formatter of the project would write it: short lists of plain values on one line. */
function jsonText(value: JsonValue): string {
  return `${formatted(value, '', 0)}\n`;
}

const LINE_WIDTH = 110;

function formatted(value: JsonValue, indent: string, before: number): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map(one => JSON.stringify(one)).join(', ')}]`;
    const plain = value.every(one => typeof one !== 'object');
    if (value.length === 0 || (plain && indent.length + before + line.length < LINE_WIDTH)) return line;
    return `[\n${value.map((one: JsonValue) => deeper + formatted(one, deeper, 0)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${deeper}${name}${formatted(field, deeper, name.length)}`;
  });
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
}

function main(): void {
  const stale = staleFiles();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is out of date: run node scripts/reference.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  const files = referenceFiles();
  for (const path of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), files.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
}

if (import.meta.main) main();
