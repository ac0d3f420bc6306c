/** A journey for people: what came, what was done with it, what went out, in the order it happened. */
import type { Fault } from '../message/fault.ts';
import type { InboundMessage } from '../message/message.ts';
import type { DeliveryView, OutboundTrace, Trace } from '../storage/look-up.ts';
import type { Session } from './io.ts';
import type { TraceWithRaw } from './offline.ts';
import { columns, duration, printable, wordsOf } from './words.ts';

export function printTrace(trace: TraceWithRaw, session: Session): void {
  if (trace.inbound === null) session.line(session.paint('dim', 'asked for over the API'));
  else printInbound(trace.inbound, trace.raw, session);
  for (const sent of trace.outbound) printOutbound(sent, session);
  if (trace.outbound.length === 0) {
    session.line();
    session.line('no reply');
  }
}

type Inbound = NonNullable<Trace['inbound']>;

function printInbound(inbound: Inbound, raw: TraceWithRaw['raw'], session: Session): void {
  const { line, paint } = session;
  line(`${paint('bold', 'inbound')}   ${inbound.id}  ${stateWords(inbound.state, session)}`);
  const message = inbound.direction === 'inbound' ? (inbound.message as InboundMessage | null) : null;
  const facts = Object.entries(inbound.facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const rows: readonly (readonly [string, string])[] = [
    ['channel', inbound.channel],
    ['received', timeOf(inbound.at)],
    ['platform id', inbound.platformIds.join(', ')],
    ...(message === null ? [] : aboutMessage(message)),
    ...(inbound.reason === null ? [] : [['reason', inbound.reason] as const]),
    ...(inbound.attempts > 1 ? [['attempts', String(inbound.attempts)] as const] : []),
    ...facts.map((fact, index) => [index === 0 ? 'facts' : '', fact] as const),
  ];
  for (const text of columns(rows)) line(`  ${printable(text)}`);
  printRaw(raw, session);
  line();
  line(paint('bold', 'stages'));
  if (inbound.stages.length === 0) line('  none');
  const stages = inbound.stages.map(({ attempt, stage, processor, ms, step, reason }) => [
    ...(inbound.attempts > 1 ? [String(attempt)] : []),
    stage,
    processor,
    duration(ms),
    reason === undefined ? step : `${step}: ${reason}`,
  ]);
  for (const text of columns(stages)) line(`  ${printable(text)}`);
}

const aboutMessage = ({
  address,
  sender,
  content,
}: InboundMessage): readonly (readonly [string, string])[] => [
  [
    'conversation',
    [address.conversation, ...(address.thread === undefined ? [] : [address.thread])].join(' / '),
  ],
  ['sender', sender.name === undefined ? sender.id : `${sender.name} (${sender.id})`],
  ['content', wordsOf(content)],
];

function printRaw(raw: TraceWithRaw['raw'], { line, paint }: Session): void {
  line();
  line(paint('bold', 'request'));
  if (raw === null) return line('  no longer kept');
  if (raw.secret !== undefined) line('  signed with the previous secret');
  for (const [name, values] of Object.entries(raw.headers))
    line(`  ${printable(`${name}: ${maskHeader(name, values)}`)}`);
  for (const text of pretty(raw.body).split('\n')) line(`  ${printable(text)}`);
}

const SECRET_HEADER = /auth|signature|token|secret|cookie|api-?key/i;

const maskHeader = (name: string, values: readonly string[]): string =>
  SECRET_HEADER.test(name) ? '********' : values.join(', ');

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function printOutbound({ view, held, losses, deliveries }: OutboundTrace, session: Session): void {
  const { line, paint } = session;
  line();
  line(`${paint('bold', 'outbound')}  ${view.id}  ${stateWords(view.state, session)}`);
  const rows: readonly (readonly [string, string])[] = [
    ['channel', view.channel],
    ['conversation', view.conversation],
    ['created', timeOf(view.at)],
    ...(view.message === null ? [] : [['content', wordsOf(view.message.content)] as const]),
    ...(view.reason === null ? [] : [['reason', view.reason] as const]),
    ...(view.gap === null ? [] : [['after a gap', view.gap] as const]),
    ...(view.fallbackOf === null ? [] : [['in place of', view.fallbackOf] as const]),
    ...(view.fallback === null ? [] : [['in its place', view.fallback] as const]),
    ...(held === null ? [] : [['waits', held] as const]),
    ...losses.map(({ what, why }) => ['lost', `${what}: ${why}`] as const),
  ];
  for (const text of columns(rows)) line(`  ${printable(text)}`);
  for (const delivery of deliveries) printDelivery(delivery, session);
}

function printDelivery(delivery: DeliveryView, session: Session): void {
  const { line } = session;
  const { id, part, state, platformId, tries, receipts } = delivery;
  line();
  line(`  delivery ${part + 1}  ${id}  ${stateWords(state, session)}`);
  if (platformId !== null) line(`    platform id  ${printable(platformId)}`);
  const events = [
    ...tries.map(({ number, startedAt, endedAt, result, fault }) => ({
      at: startedAt,
      cells: [
        `attempt ${number}`,
        endedAt === null ? '' : duration(endedAt - startedAt),
        fault === null ? result : `${result}: ${faultWords(fault)}`,
      ],
    })),
    ...receipts.map(({ status, receivedAt, fault }) => ({
      at: receivedAt,
      cells: ['receipt', '', fault === null ? status : `${status}: ${faultWords(fault)}`],
    })),
  ].sort((one, other) => one.at - other.at);
  for (const text of columns(events.map(({ at, cells }) => [timeOf(at), ...cells])))
    line(`    ${printable(text)}`);
}

const timeOf = (ms: number): string => new Date(ms).toISOString().replace('T', ' ');

/** The code, the platform's own, and what else is known. */
export function faultWords({ code, detail, platformCode, httpStatus }: Fault): string {
  const more = [
    ...(platformCode === undefined ? [] : [platformCode]),
    ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
  ];
  return `${code}${more.length === 0 ? '' : ` (${more.join(', ')})`}: ${detail}`;
}

const GOOD = new Set(['done', 'sent', 'delivered', 'read', 'played']);
const BAD = new Set(['dead', 'parked', 'lost', 'failed']);

export function stateWords(state: string, { paint }: Session): string {
  const words = state === 'dead' ? 'dead letter' : state;
  if (GOOD.has(state)) return paint('green', words);
  return BAD.has(state) ? paint('red', words) : words;
}
