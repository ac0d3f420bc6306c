/** What the sandbox reads of a Teams channel file, and a file for a bot that exists nowhere. */
import { z } from 'zod';
import { asId, asObject, compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SampleOptions } from '../platform.ts';

const AccountConfig = z.object({
  credentials: z.object({ app_password: z.string() }),
  account: z.object({ app_id: z.string(), tenant_id: z.string().optional() }),
  api: z.object({ service_url: z.string(), token_issuer: z.string(), token_scope: z.string() }),
});

/** Who we are in the played organisation. */
export interface Self {
  readonly appId: string;
  /** As Teams addresses us. */
  readonly botId: string;
  readonly tenantId: string;
  /** Undefined for a bot of any organisation. */
  readonly onlyTenant: string | undefined;
  readonly password: string;
  /** What activities name as the Connector's address. */
  readonly serviceUrl: string;
  readonly issuer: string;
  readonly scope: string;
}

const APP_ID = '5b1f0c6e-2d3a-4e5f-8a9b-0c1d2e3f4a5b';
const TENANT_ID = '0d9e8f7a-6b5c-4d3e-9f2a-1b0c9d8e7f6a';

export function selfOf(config: Readonly<Record<string, unknown>>): Self {
  const { credentials, account, api } = AccountConfig.parse(config);
  return {
    appId: account.app_id,
    botId: `28:${account.app_id}`,
    tenantId: account.tenant_id ?? TENANT_ID,
    onlyTenant: account.tenant_id,
    password: credentials.app_password,
    serviceUrl: api.service_url,
    issuer: api.token_issuer,
    scope: api.token_scope,
  };
}

const BOT_ID = /^28:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** An activity names the bot it is for. */
export function sampleConfig({ secret, about = {} }: SampleOptions): JsonObject {
  const [, appId = APP_ID] = BOT_ID.exec(asId(asObject(about.recipient)?.id) ?? '') ?? [];
  return compact({
    credentials: { app_password: secret('app_password') },
    account: { app_id: appId },
  });
}
