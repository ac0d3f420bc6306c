/** What the parts of a running sandbox share. */
import type { Behaviour, Play, PlayedAccount, SandboxAccount, SandboxPlatform, Webhook } from './platform.ts';
import type { Received } from './received.ts';
import type { Ring } from './ring.ts';
import type { Weather } from './weather.ts';
import type { WebhookSender } from './webhooks.ts';

export interface OpenAccount {
  readonly account: SandboxAccount;
  readonly play: Play;
  readonly played: PlayedAccount;
  readonly url: string;
}

export interface Hall {
  /** By `type/id`. */
  readonly accounts: ReadonlyMap<string, OpenAccount>;
  readonly received: Ring<Received>;
  readonly weather: Weather;
  readonly sender: WebhookSender;
  readonly behaviour: Behaviour;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  find(account: string): OpenAccount | undefined;
  addAccount(account: SandboxAccount): void;
  /** Throws for an unknown account, as does `note`. */
  say(account: string, webhook: Webhook): void;
  note(account: string, webhook: Webhook): void;
}

export interface HallOptions extends Pick<Hall, 'received' | 'weather' | 'sender' | 'behaviour' | 'now'> {
  readonly platforms: readonly SandboxPlatform[];
  readonly urlFor: (type: string, id: string) => string;
  /** 0 to 1. */
  readonly random: () => number;
}

export function openHall({ platforms, urlFor, random, ...shared }: HallOptions): Hall {
  const accounts = new Map<string, OpenAccount>();
  const find = (id: string): OpenAccount | undefined =>
    [...accounts.values()].find(open => open.account.id === id);
  const found = (id: string): OpenAccount => {
    const open = find(id);
    if (open === undefined) throw new Error(`the sandbox has no account ${id}`);
    return open;
  };
  return {
    ...shared,
    accounts,
    find,
    addAccount(account) {
      const { type, id, config } = account;
      const play = platforms.find(platform => platform.type === type)?.play ?? null;
      if (play === null) return;
      const { behaviour, now } = shared;
      const url = urlFor(type, id);
      const played = play.open({ id, config, url, behaviour, now, random });
      accounts.set(`${type}/${id}`, { account, play, played, url });
    },
    note: (id, webhook) => found(id).played.note(webhook),
    say(id, webhook) {
      const { account, play, played } = found(id);
      played.note(webhook);
      shared.sender.send(account, play.redelivery, webhook, { what: 'somebody wrote', afterMs: 0 });
    },
  };
}
