/**
 * Who a visitor is. Two kinds of token, signed with different keys so that neither passes for the other: the
 * site's backend vouches for visitors it knows (identity), we vouch for every visitor for half an hour (session).
 */
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { ChannelIdentity } from '../channel.ts';
import { compact } from '../json.ts';

export const SESSION_SECONDS = 1_800;
/** An identity token can be replayed until it expires, so a long-lived one is refused. */
const MAX_IDENTITY_SECONDS = 3_600;
const CLOCK_SKEW_SECONDS = 60;
const MAX_TOKEN_LENGTH = 4_096;

/** Ids we make up for visitors nobody vouches for; a site's backend may not hand out the like. */
const ANONYMOUS = 'anonymous-';

export interface Session {
  readonly visitor: {
    readonly id: string;
    readonly anonymous: boolean;
    readonly name?: string;
    readonly locale?: string;
  };
  readonly conversation: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly expired: boolean };

export interface Tokens {
  anonymous(): Session;
  /** A visitor the site's backend vouches for. */
  identify(identity: string): Promise<Checked<Session>>;
  mint(session: Session): Promise<string>;
  read(token: string): Promise<Checked<Session>>;
  /** The same visitor and conversation, for another half an hour. */
  renew(session: Session): Session;
}

const Identity = z.object({
  sub: z.string().min(1).max(256),
  exp: z.number(),
  name: z.string().min(1).max(256).optional(),
  locale: z.string().min(1).max(64).optional(),
});

const Claims = z.object({
  sub: z.string(),
  cid: z.string(),
  exp: z.number(),
  anonymous: z.boolean(),
  name: z.string().optional(),
  locale: z.string().optional(),
});

/** New tokens are signed with the first secret; what the others signed is still taken, while they are rotated. */
export function tokens(secrets: readonly string[], identity: ChannelIdentity, now: () => number): Tokens {
  const identityKeys = secrets.map(secret => createSecretKey(Buffer.from(secret)));
  const [firstKey, ...olderKeys] = secrets.map(sessionKeyOf);
  if (firstKey === undefined) throw new Error('a web channel has an identity secret');
  const sessionKeys = [firstKey, ...olderKeys];
  const audience = `patchbay:${identity.tenant}/${identity.id}`;
  const expiresAt = (): number => (Math.floor(now() / 1_000) + SESSION_SECONDS) * 1_000;

  const check = async (
    token: string,
    keys: readonly KeyObject[],
    options: JWTVerifyOptions,
  ): Promise<Checked<JWTPayload>> => {
    let expired = false;
    for (const key of token.length > MAX_TOKEN_LENGTH ? [] : keys) {
      try {
        const { payload } = await jwtVerify(token, key, {
          ...options,
          algorithms: ['HS256'],
          requiredClaims: ['sub', 'exp'],
          currentDate: new Date(now()),
        });
        return { ok: true, value: payload };
      } catch (error) {
        expired ||= error instanceof errors.JWTExpired;
      }
    }
    return { ok: false, expired };
  };

  return {
    anonymous: () => {
      const id = ANONYMOUS + randomBytes(18).toString('base64url');
      return { visitor: { id, anonymous: true }, conversation: id, expiresAt: expiresAt() };
    },

    async identify(token) {
      const checked = await check(token, identityKeys, { clockTolerance: CLOCK_SKEW_SECONDS });
      if (!checked.ok) return checked;
      const read = Identity.safeParse(checked.value);
      if (!read.success) return { ok: false, expired: false };
      const { sub, exp, name, locale } = read.data;
      const tooLong = exp - now() / 1_000 > MAX_IDENTITY_SECONDS + CLOCK_SKEW_SECONDS;
      if (tooLong || sub.startsWith(ANONYMOUS)) return { ok: false, expired: false };
      const visitor = compact({ id: sub, anonymous: false, name, locale });
      return { ok: true, value: { visitor, conversation: sub, expiresAt: expiresAt() } };
    },

    mint: ({ visitor, conversation, expiresAt: expires }) => {
      const { id, ...claims } = visitor;
      return new SignJWT({ ...claims, cid: conversation })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(id)
        .setAudience(audience)
        .setExpirationTime(Math.floor(expires / 1_000))
        .sign(firstKey);
    },

    async read(token) {
      const checked = await check(token, sessionKeys, { audience });
      if (!checked.ok) return checked;
      const read = Claims.safeParse(checked.value);
      if (!read.success) return { ok: false, expired: false };
      const { sub, cid, exp, anonymous, name, locale } = read.data;
      const visitor = compact({ id: sub, anonymous, name, locale });
      return { ok: true, value: { visitor, conversation: cid, expiresAt: exp * 1_000 } };
    },

    renew: session => ({ ...session, expiresAt: expiresAt() }),
  };
}

const sessionKeyOf = (secret: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'patchbay web session', 32)));
