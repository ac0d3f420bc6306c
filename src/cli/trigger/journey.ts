/** One journey in a few lines: the stages, what came in, what the platform got. */
import type { StageTrace } from '../../message/envelope.ts';
import type { DeliveryView, OutboundTrace, Trace } from '../../storage/look-up.ts';
import type { Session } from '../io.ts';
import { faultWords, stateWords } from '../trace-print.ts';
import { duration, label, printable, quoted, wordsOf } from '../words.ts';
import { bestReceipt, type Journey } from './follow.ts';

export function showJourney(journey: Journey, session: Session): void {
  const { trace } = journey;
  const { line, note } = session;
  if (trace?.inbound == null) return;
  const { inbound } = trace;
  line(label('accepted', inbound.id, session));
  if (journey.known)
    line(
      label('', 'the hub had this message before: a duplicate; this is what became of the first', session),
    );
  line(label('stages', stagesOf(trace), session));
  const content = inbound.message?.content;
  if (content !== undefined)
    line(label('in', [wordsOf(content), ...factWords(inbound.facts)].join('  '), session));
  if (inbound.state !== 'done')
    line(
      label(
        'state',
        [stateWords(inbound.state, session), printable(inbound.reason ?? '')].join('  ').trim(),
        session,
      ),
    );
  const out = outLines(journey, session);
  if (out.length === 0 && inbound.state === 'done') line(label('out', 'no reply', session));
  for (const text of out) line(label('out', text, session));
  for (const { losses } of trace.outbound)
    for (const { what, why } of losses) line(label('lost', printable(`${what}: ${why}`), session));
  note(session.paint('dim', `All of it: npx patchbay trace ${inbound.id}`));
}

function factWords({ language, answer }: NonNullable<Trace['inbound']>['facts']): readonly string[] {
  return [
    ...(language === undefined ? [] : [`language ${language.code} ${language.confidence.toFixed(2)}`]),
    ...(answer === undefined ? [] : [`answer ${answer.rule ?? 'of last resort'}`]),
  ].map(printable);
}

/** Each stage with its time, of the last attempt; then the delivery of what was replied. */
function stagesOf({ inbound, outbound }: Trace): string {
  const last = Math.max(0, ...(inbound?.stages ?? []).map(({ attempt }) => attempt));
  const stages = new Map<string, StageTrace[]>();
  for (const trace of inbound?.stages ?? []) {
    if (trace.attempt === last) stages.set(trace.stage, [...(stages.get(trace.stage) ?? []), trace]);
  }
  const words = [...stages].map(([stage, traces]) => {
    const ms = traces.reduce((sum, trace) => sum + trace.ms, 0);
    const odd = traces.find(({ step }) => step !== 'next');
    return `${stage} ${duration(ms)}${odd === undefined ? '' : ` (${odd.step})`}`;
  });
  const tries = outbound.flatMap(({ deliveries }) => deliveries).flatMap(({ tries: all }) => all);
  if (tries.length > 0) {
    const from = Math.min(...tries.map(({ startedAt }) => startedAt));
    const until = Math.max(...tries.map(({ startedAt, endedAt }) => endedAt ?? startedAt));
    const again = tries.length === 1 ? '' : ` (${tries.length} attempts)`;
    words.push(`deliver ${duration(until - from)}${again}`);
  }
  return words.length === 0 ? 'none yet' : printable(words.join(' > '));
}

/** What went out, a line for each part: the words as the platform got them, the state, the platform's id. */
export function outLines({ trace, received }: Journey, session: Session, max?: number): readonly string[] {
  return (trace?.outbound ?? []).flatMap(sent =>
    sent.deliveries.length === 0
      ? [
          `${saidIn(sent, max)}  ${stateWords(sent.view.state, session)}  ${printable(sent.view.reason ?? '')}`.trim(),
        ]
      : sent.deliveries.map(delivery => {
          const text = received[delivery.id]?.text ?? null;
          return [
            text === null ? saidIn(sent, max) : quoted(text, max),
            ...deliveryWords(delivery, session),
          ].join('  ');
        }),
  );
}

const saidIn = ({ view }: OutboundTrace, max?: number): string =>
  view.message === null ? '' : wordsOf(view.message.content, max);

function deliveryWords(delivery: DeliveryView, session: Session): readonly string[] {
  const { state, platformId, fault } = delivery;
  const shown = state === 'sent' ? (bestReceipt(delivery) ?? state) : state;
  return [
    stateWords(shown, session),
    ...(platformId === null ? [] : [printable(platformId)]),
    ...(fault === null || state === 'sent' ? [] : [printable(faultWords(fault))]),
  ];
}

/** Why a journey did not end well; null where it did, or has not yet. A drop is an end on purpose. */
export function troubleOf({ id, trace }: Journey): string | null {
  if (trace?.inbound == null) return `the hub has no message ${printable(id)}`;
  const { inbound, outbound } = trace;
  if (['dead', 'parked', 'lost'].includes(inbound.state))
    return `${inbound.id}: ${inbound.state === 'dead' ? 'a dead letter' : inbound.state}: ${inbound.reason ?? 'no reason given'}`;
  const bad = outbound.find(({ view }) => view.state === 'dead' || view.state === 'parked');
  if (bad !== undefined) {
    const fault = bad.deliveries.find(delivery => delivery.fault !== null)?.fault ?? null;
    const why = fault === null ? (bad.view.reason ?? 'no reason given') : faultWords(fault);
    return `the reply ${bad.view.id} is ${bad.view.state === 'dead' ? 'a dead letter' : 'parked'}: ${why}`;
  }
  return null;
}

/** What is still on its way when the patience has ended. */
export function unendedWords(journeys: readonly Journey[]): string | null {
  const open = journeys.filter(({ trace, ended }) => trace !== null && !ended);
  const id = open[0]?.trace?.inbound?.id;
  if (id === undefined) return null;
  const what = journeys.length === 1 ? 'it is' : `${open.length} of ${journeys.length} are`;
  return `${what} still on the way; "patchbay trace ${id}" shows how far, --timeout waits longer`;
}
