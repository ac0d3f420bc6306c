// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are lines of the template
/** What a sloppy author gets wrong, as changes of the scaffold, and the rules that must say so: these and no others. */
import type { Change } from './adapters.ts';

export interface Broken {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly rules: readonly string[];
}

export const BROKEN: readonly Broken[] = [
  {
    name: 'only the first event of a webhook is read',
    changes: [['parse.ts', 'return items.map(', 'return items.slice(0, 1).map(']],
    rules: [
      'batches/one-bad-of-hundred',
      'batches/thousand',
      'batches/three',
      'delivery/redelivery-is-one-message',
    ],
  },
  {
    name: 'one bad event spoils the whole webhook',
    changes: [
      [
        'parse.ts',
        'const event = asObject(item) ?? {};',
        "const event = asObject(item);\n  if (event === undefined) throw new Unreadable('an event is no object');",
      ],
      ['parse.ts', '  type WebhookRequest,', '  Unreadable,\n  type WebhookRequest,'],
    ],
    rules: ['batches/one-bad-of-hundred'],
  },
  {
    name: 'what it does not know is dropped',
    changes: [
      [
        'parse.ts',
        'return items.map((item, index) => eventOf(item, `events.${index}`, account));',
        "return items\n    .map((item, index) => eventOf(item, `events.${index}`, account))\n    .filter(event => event.kind !== 'ignored');",
      ],
    ],
    rules: ['batches/one-bad-of-hundred', 'own/messages-ignored', 'unknown/kinds-kept'],
  },
  {
    name: 'its own messages come in',
    changes: [['parse.ts', 'if (sender === own)', "if (sender === '')"]],
    rules: ['own/messages-ignored'],
  },
  {
    name: 'it reads the sender from a header that is not kept',
    changes: [
      [
        'parse.ts',
        'const items = asList(readJson(request.body).events);',
        "const items = asList(readJson(request.body).events);\n  if (Object.keys(request.headers).every(name => !name.endsWith('-signature')))\n    return [{ kind: 'ignored', reason: 'not signed' }];",
      ],
    ],
    rules: ['delivery/redelivery-is-one-message', 'recordings/kept-headers-are-enough'],
  },
  {
    name: 'the token is told in a fault',
    changes: [
      [
        'send.ts',
        'return { ok: false, fault: faultOfFailure(outcome) };\n    return result(outcome, now());',
        'return { ok: false, fault: faultOfFailure(outcome) };\n    const told = result(outcome, now());\n    if (told.ok) return told;\n    return { ok: false, fault: { ...told.fault, detail: told.fault.detail + credentials.token } };',
      ],
    ],
    rules: ['send/secrets-never-told'],
  },
  {
    name: 'the error of an unreadable body quotes it',
    changes: [
      [
        'parse.ts',
        'const items = asList(readJson(request.body).events);',
        'let body: JsonObject;\n  try {\n    body = readJson(request.body);\n  } catch {\n    throw new Unreadable(`cannot read ${request.body}`);\n  }\n  const items = asList(body.events);',
      ],
      ['parse.ts', '  type WebhookRequest,', '  Unreadable,\n  type WebhookRequest,'],
    ],
    rules: ['secrets/not-in-unreadable'],
  },
  {
    name: 'it tries again by itself',
    changes: [
      [
        'send.ts',
        "const outcome = await http.request({ method: 'POST', url, headers, body, signal });",
        "const call = { method: 'POST', url, headers, body, signal } as const;\n    let outcome = await http.request(call);\n    if (outcome.kind === 'response' && outcome.status === 429) outcome = await http.request(call);",
      ],
    ],
    rules: [
      'delivery/rate-limit-tried-again',
      'delivery/parts-not-repeated',
      'refusals/slow-down',
      'send/rate-limit-with-wait',
      'send/rate-limit-without-wait',
    ],
  },
  {
    name: 'an unclear answer is called a refusal that may be tried again',
    changes: [
      [
        'send.ts',
        'fault: faultOfFailure(outcome)',
        "fault: { ...faultOfFailure(outcome), code: 'unavailable' }",
      ],
    ],
    rules: [
      'delivery/unclear-send-not-repeated',
      'send/cut-answer-is-ambiguous',
      'send/dead-host-not-connected',
      'send/hang-ends-with-the-signal',
      'send/reset-is-ambiguous',
    ],
  },
  {
    name: 'a refusal does not say that the platform answered',
    changes: [
      [
        'send.ts',
        'const fault = faultOfStatus(response, nowMs);',
        'const { httpStatus: _, ...fault } = faultOfStatus(response, nowMs);',
      ],
    ],
    rules: [
      'refusals/slow-down',
      'refusals/a-blocked-recipient',
      'refusals/a-token-that-is-wrong',
      'send/rate-limit-with-wait',
      'send/refused-request-is-final',
    ],
  },
  {
    name: 'any signature of the right length is taken',
    changes: [['verify.ts', 'secret === null ?', 'secret === null && digest.length !== 64 ?']],
    rules: [
      'signature/added-bytes',
      'signature/invalid-utf8-swap',
      'signature/other-secret',
      'signature/reserialised-body',
      'signature/tampered-byte',
      'signature/wrong',
    ],
  },
  {
    name: 'a typo in a channel file goes unnoticed',
    changes: [['config.ts', 'Config = z.strictObject(', 'Config = z.object(']],
    rules: ['config/unknown-keys-refused'],
  },
  {
    name: 'a secret is not marked',
    changes: [
      [
        'config.ts',
        "token: secret('The token that messages are sent with.'),",
        "token: z.string().min(1).describe('The token.'),",
      ],
    ],
    rules: ['config/secrets-marked'],
  },
  {
    name: 'a long text is cut',
    changes: [['render.ts', 'return { text: piece.text };', 'return { text: piece.text.slice(0, 3_000) };']],
    rules: [
      'text/long-code-all-there',
      'text/long-emoji-not-torn',
      'text/long-paragraphs-all-there',
      'text/long-without-spaces-all-there',
      'text/long-words-all-there',
    ],
  },
  {
    name: 'the marker stays at home',
    changes: [
      ['send.ts', 'JSON.stringify({ ...wire, marker })', 'JSON.stringify({ ...wire, at: marker.length })'],
    ],
    rules: ['send/marker-carried'],
  },
];
