/** The configuration as the hub uses it: checked, complete and plain JSON, so that it can be given to threads. */
import type { Rate } from '../channels/capabilities.ts';
import type { JsonObject } from '../message/json.ts';
import type { AssistantRules } from '../processors/ai/rules.ts';

export interface HubConfig {
  /** The absolute path of hub.yaml. */
  readonly file: string;
  readonly name: string;
  /** The tenant of channels that name none. */
  readonly tenant: string;
  readonly http: ListenAddress & { readonly publicUrl: string | null };
  /** The data folder, absolute. It need not exist yet. */
  readonly data: string;
  /** `listen: null` is any free port of this machine. */
  readonly sandbox: { readonly mode: 'auto' | 'off'; readonly listen: ListenAddress | null };
  /** A secret. Null: `apiToken()` makes one. */
  readonly api: { readonly token: string | null };
  /** How fast all channels of one tenant send together; null: no limit. */
  readonly tenantRate: Rate | null;
  /** What answers by itself, and the absolute path it was read from. */
  readonly assistant: { readonly file: string; readonly rules: AssistantRules } | null;
  readonly journal: { readonly maxSegmentBytes: number; readonly maxBacklogBytes: number };
  readonly retention: {
    readonly rawMs: number;
    readonly dedupeMs: number;
    readonly messagesMs: number;
    readonly mediaMs: number;
    /** How long one may wait for a decision before the hub warns; none goes by itself. */
    readonly deadLettersMs: number;
    readonly operationsMs: number;
    readonly auditMs: number;
  };
  readonly media: MediaConfig;
  readonly log: { readonly level: LogLevel; readonly format: 'pretty' | 'json' };
  /** Adapters from outside: the absolute paths of their folders or files. */
  readonly adapters: readonly string[];
  /** By file, in the order of their names; also those that are not enabled. */
  readonly channels: readonly ChannelConfig[];
}

export interface MediaConfig {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Null: files are kept in the data folder. The keys are secrets. */
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly prefix: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  } | null;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface ChannelConfig {
  /** The name of the file without its ending. */
  readonly id: string;
  /** The absolute path of the channel file. */
  readonly file: string;
  readonly tenant: string;
  readonly type: string;
  readonly description: string;
  readonly enabled: boolean;
  /** True where credentials are not set: their values are generated, and the platform is to be the sandbox. */
  readonly sandbox: boolean;
  /** The environment variables (or `file:/path`) that would make it a live channel. Only with `sandbox`. */
  readonly missing: readonly string[];
  readonly pipeline: PipelineConfig;
  readonly delivery: DeliveryConfig;
  /** The adapter's own part, as its schema put it out: credentials, account and what else it has. Holds secrets. */
  readonly adapter: JsonObject;
}

export interface PipelineConfig {
  /** ISO 639 codes, the likeliest first; never empty. */
  readonly languages: readonly string[];
  /** Several short texts of one person in a row: each by itself, all as one after a pause, or only the last. */
  readonly burst: {
    readonly policy: 'queue' | 'debounce' | 'latest';
    readonly quietMs: number;
    readonly maxMs: number;
  };
}

/** What the platform approved beforehand. */
export interface TemplateName {
  readonly name: string;
  readonly language: string;
}

export interface DeliveryConfig {
  readonly retry: {
    readonly maxAttempts: number;
    readonly baseMs: number;
    readonly maxMs: number;
    readonly maxAgeMs: number;
    /** Null: for as long as the message may wait at all. */
    readonly holdMs: number | null;
  };
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly ambiguous: { readonly waitMs: number; readonly policy: 'resend' | 'park' };
  /** Null is no limit, absent what the platform documents. */
  readonly rateLimit: {
    readonly account?: Rate | null;
    readonly conversation?: Rate | null;
    readonly lookups?: Rate | null;
  };
  readonly breaker: { readonly probeMs: number; readonly maxProbeMs: number };
  /** `check` false: only the platform says when it takes no free messages. */
  readonly window: { readonly check: boolean; readonly fallbackTemplate: TemplateName | null };
  readonly onFailed: { readonly template: TemplateName | null };
}
