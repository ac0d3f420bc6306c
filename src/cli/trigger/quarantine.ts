/** Webhooks the hub took and could not read: dead letters with ids of its own making. */
import type { MessageView } from '../../storage/look-up.ts';
import type { HubClient } from '../hub-client.ts';

const PAGE = 200;
const MAX_PAGES = 50;

/** Those that came in behind so many messages, and not before the time. */
export async function quarantinedSince(
  hub: HubClient,
  channel: string,
  accepted: number,
  since: number,
): Promise<readonly MessageView[]> {
  const found: MessageView[] = [];
  let after = accepted;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({ channel, after: String(after), limit: String(PAGE) });
    const asked = await hub.ask(`/v1/messages?${query}`);
    if (asked.kind !== 'answered' || asked.status !== 200) break;
    // Our own hub's answer.
    const { messages, next } = asked.body as { messages: readonly MessageView[]; next: number };
    found.push(...messages.filter(({ at, message }) => message === null && at >= since));
    if (messages.length < PAGE) break;
    after = next;
  }
  return found;
}
