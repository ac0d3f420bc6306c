/** `/_sandbox/`: what the platforms got and sent, their weather, and a way to say something. JSON in and out. */
import { z } from 'zod';
import type { Hall, OpenAccount } from './hall.ts';
import type { PlatformAnswer, PlatformRequest } from './platform.ts';

const problem = (status: number, error: string): PlatformAnswer => ({ status, body: { error } });
const ok = (body: unknown): PlatformAnswer => ({
  status: 200,
  headers: { 'cache-control': 'no-store' },
  // Made of what was received as JSON and of plain fields; the compiler does not see that through interfaces.
  body: body as PlatformAnswer['body'],
});

/** Never throws. */
export function inspect(request: PlatformRequest, hall: Hall): PlatformAnswer {
  // A page in a browser must neither look on nor change the weather.
  if ((request.headers['sec-fetch-site'] ?? 'none') === 'cross-site' || request.headers.origin !== undefined)
    return problem(403, 'not for pages of other sites');
  switch (`${request.method} ${request.path}`) {
    case 'GET /accounts':
      return ok({ accounts: [...hall.accounts.values()].map(shown) });
    case 'GET /received':
      return listed(request, hall.received.entries, 'received');
    case 'GET /webhooks':
      return listed(request, hall.sender.sent, 'webhooks', {
        pending: hall.sender.pending,
        lost: hall.sender.lost,
      });
    case 'GET /scenario':
      return ok({ rules: hall.weather.report() });
    case 'POST /scenario':
      return setScenario(request, hall);
    case 'DELETE /scenario':
      hall.weather.set({ rules: [] });
      return ok({ rules: [] });
    case 'POST /say':
      return said(request, hall, hall.say);
    case 'POST /note':
      return said(request, hall, hall.note);
    default:
      return problem(404, 'there is accounts, received, webhooks, scenario, say and note');
  }
}

const shown = ({ account: { type, id, webhook }, url }: OpenAccount) => ({
  type,
  id,
  url,
  webhook: typeof webhook === 'string' ? webhook : safely(webhook),
});

/** The hub's address is not known while it is still starting. */
function safely(webhook: () => string): string | null {
  try {
    return webhook();
  } catch {
    return null;
  }
}

const Query = z.object({
  account: z.string().optional(),
  /** Of what was received: the platform's id or the hub's own marker. */
  id: z.string().optional(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});

interface Listed {
  readonly seq: number;
  readonly account: string;
  readonly platformId?: string | null;
  readonly marker?: string | null;
}

function listed(
  { query }: PlatformRequest,
  entries: readonly Listed[],
  name: string,
  more: object = {},
): PlatformAnswer {
  const asked = Query.safeParse(Object.fromEntries(query));
  if (!asked.success) return problem(400, 'after and limit are whole numbers');
  const { account, id, after, limit } = asked.data;
  const found = entries
    .filter(entry => entry.seq > after && (account === undefined || entry.account === account))
    .filter(entry => id === undefined || entry.platformId === id || entry.marker === id)
    .slice(0, limit);
  return ok({ [name]: found, next: found.at(-1)?.seq ?? after, ...more });
}

const isJson = ({ headers }: PlatformRequest): boolean =>
  (headers['content-type'] ?? '').startsWith('application/json');

function setScenario(request: PlatformRequest, { weather }: Hall): PlatformAnswer {
  if (!isJson(request)) return problem(415, 'a scenario is application/json');
  try {
    weather.set(JSON.parse(request.body.toString('utf8')));
  } catch (error) {
    return problem(400, error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON');
  }
  return ok({ rules: weather.report() });
}

/** The body is the webhook's own; `account` is in the query. */
function said(request: PlatformRequest, hall: Hall, tell: Hall['say']): PlatformAnswer {
  const account = request.query.get('account') ?? '';
  if (hall.find(account) === undefined) return problem(404, `there is no account ${account}`);
  const contentType = request.headers['content-type'] ?? 'application/json';
  tell(account, { body: request.body.toString('utf8'), contentType });
  return { status: 202, body: {} };
}
