/** What is said once the hub runs: where it is, its channels, and one thing to try. */
import { styleText } from 'node:util';
import type { HubConfig } from '../config/config.ts';
import type { ChannelHealth, Health } from '../server/health.ts';

export function banner(health: Health, url: string, config: HubConfig, color: boolean): string {
  const dim = (text: string): string => (color ? styleText('dim', text, { validateStream: false }) : text);
  const bold = (text: string): string => (color ? styleText('bold', text, { validateStream: false }) : text);
  const rows = health.channels.map(channel => [channel.id, channel.type, channel.webhook, stateOf(channel)]);
  const table = columns([['CHANNEL', 'TYPE', 'WEBHOOK', 'STATE'], ...rows]);
  const [head = '', ...lines] = table;
  const standsIn = health.channels.find(channel => channel.state === 'sandbox');
  const first = standsIn ?? health.channels.find(channel => channel.state === 'ready');
  return [
    '',
    `  ${bold(`patchbay ${health.version}`)}   ${health.name}   storage embedded (${config.data})`,
    '',
    `  page    ${bold(url)}/     the web chat, live`,
    `  api     ${url}/v1   ${config.api.token === null ? `token in ${config.data}/api-token` : 'token of api.token'}`,
    '',
    `  ${dim(head)}`,
    ...lines.map(line => `  ${line}`),
    ...(health.channels.length === 0 ? ['  no channel files yet'] : []),
    ...(standsIn === undefined
      ? []
      : [
          '',
          '  The sandbox stands in for a platform until its credentials are set: see the channel’s file.',
        ]),
    '',
    ...(first === undefined
      ? []
      : [`  Try it:  npx patchbay trigger ${first.type}.text --set text="Where is my order 4711?"`]),
    '  Ctrl-C stops.',
    '',
    '',
  ].join('\n');
}

function stateOf(channel: ChannelHealth): string {
  return channel.state === 'sandbox' ? 'ready (sandbox)' : channel.state;
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
