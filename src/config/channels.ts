/** One channel file: which adapter, live or sandbox, and whether every value is right. */
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { compact, isObject } from '../channels/json.ts';
import type { JsonObject } from '../message/json.ts';
import { type AdapterConfig, CommonChannelFile, channelFileOf, isCommonKey } from './channel-schema.ts';
import { Delivery, Pipeline } from './common-schema.ts';
import type { ChannelConfig, DeliveryConfig, PipelineConfig } from './config.ts';
import { credentialRules } from './credentials.ts';
import { type Document, readDocument } from './documents.ts';
import type { Files } from './files.ts';
import { draftsOf } from './issues.ts';
import { hiddenIn, hiddenInText } from './mask.ts';
import type { LookUp } from './references.ts';
import { resolveTree } from './resolve.ts';
import type { Schema } from './schema.ts';
import type { Hidden } from './source.ts';
import { nearest } from './suggest.ts';
import { childOf, type Draft, type Node, nodeAt, spanAt } from './tree.ts';

/** What a channel file is read against. */
export interface ChannelContext {
  readonly definitions: readonly AdapterConfig[];
  readonly files: Files;
  readonly cwd: string;
  readonly lookUp: LookUp;
  sandboxSecret(channelId: string, path: string): string;
  /** From hub.yaml, or its defaults where hub.yaml is wrong itself. */
  readonly tenant: string;
  readonly sandboxMode: 'auto' | 'off';
  /** As they stand in hub.yaml. */
  readonly defaults: { readonly delivery: unknown; readonly pipeline: unknown };
  /** Every word that may be shown of a file that cannot be understood. */
  readonly knownWords: ReadonlySet<string>;
}

export interface LoadedChannel {
  readonly id: string;
  readonly document: Document;
  readonly definition?: AdapterConfig;
  /** Absent where there is a draft. */
  readonly config?: ChannelConfig;
  readonly drafts: readonly Draft[];
  readonly hidden: readonly Hidden[];
}

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function loadChannel(path: string, context: ChannelContext): LoadedChannel {
  const document = readDocument(path, context.files, context.cwd);
  const id = basename(path, extname(path));
  const named: readonly Draft[] = ID.test(id)
    ? []
    : [{ code: 'PB-C008', message: 'the name of the file cannot be the id of a channel', help: ID_HELP }];
  const { root } = document;
  if (root === undefined) {
    const hidden = document.broken ? hiddenInText(document.source, context.knownWords) : [];
    return { id, document, drafts: [...named, ...document.drafts], hidden };
  }
  const type = childOf(root, 'type');
  const definition = context.definitions.find(one => type?.kind === 'scalar' && one.type === type.value);
  const schema = definition === undefined ? CommonChannelFile : channelFileOf(definition);
  const read = readChannel({ id, path, root, schema, definition }, context);
  return compact({
    id,
    document,
    definition,
    config: read.config,
    drafts: [
      ...named,
      ...document.drafts,
      ...idDrafts(root, id),
      ...typeDrafts(root, type, context),
      ...read.drafts,
    ],
    hidden: hiddenIn(document.source, root, schema),
  });
}

const ID_HELP = 'small letters, digits and hyphens, as in support-whatsapp.yaml';

function idDrafts(root: Node, id: string): readonly Draft[] {
  const given = childOf(root, 'id');
  if (given?.kind !== 'scalar' || typeof given.value !== 'string' || given.value === id) return [];
  return [
    {
      code: 'PB-C006',
      message: 'the id is not the name of the file',
      span: given.span,
      help: `the file name makes it "${id}": remove the id, or rename the file`,
    },
  ];
}

function typeDrafts(root: Node, type: Node | undefined, context: ChannelContext): readonly Draft[] {
  const types = context.definitions.map(definition => definition.type);
  const known = `known types: ${types.join(', ')}`;
  if (type === undefined || (type.kind === 'scalar' && type.value === null)) {
    if (root.kind !== 'map') return [];
    return [{ code: 'PB-C004', message: 'missing required key "type"', span: spanAt(root, []), help: known }];
  }
  const value = type.kind === 'scalar' ? String(type.value).slice(0, 40) : '';
  if (types.includes(value)) return [];
  const near = nearest(value, types);
  return [
    {
      code: 'PB-C002',
      message: `unknown channel type${value === '' ? '' : ` "${value}"`}`,
      span: spanAt(root, ['type']),
      help: near === undefined ? known : `did you mean "${near}"? K${known.slice(1)}`,
    },
  ];
}

interface Reading {
  readonly id: string;
  readonly path: string;
  readonly root: Node;
  readonly schema: Schema;
  readonly definition: AdapterConfig | undefined;
}

function readChannel(
  reading: Reading,
  context: ChannelContext,
): { readonly config?: ChannelConfig; readonly drafts: readonly Draft[] } {
  const { id, path, root, schema, definition } = reading;
  const { lookUp, sandboxSecret, sandboxMode } = context;
  const enabled = isEnabled(root, lookUp);
  const policy = { channelId: id, mode: sandboxMode, enabled, lookUp, sandboxSecret };
  const credentials = credentialRules(root, schema, policy);
  const rules = { lookUp, openTop: definition === undefined, unset: credentials.unset };
  const resolved = resolveTree(root, schema, rules);
  const { value } = resolved;
  const fields = isObject(value) ? Object.entries(value) : [];
  const half = (ofAdapter: boolean) =>
    isObject(value) ? Object.fromEntries(fields.filter(([key]) => isCommonKey(key) !== ofAdapter)) : value;

  const common = CommonChannelFile.safeParse(half(false));
  const adapter = definition?.config.safeParse(half(true));
  const delivery = Delivery.safeParse(merged(context.defaults.delivery, nested(value, 'delivery')));
  const pipeline = Pipeline.safeParse(merged(context.defaults.pipeline, nested(value, 'pipeline')));
  const issues = [
    ...(common.error?.issues ?? []).filter(issue => issue.path[0] !== 'type'),
    // A value that is no mapping at all is told once, by the common part.
    ...(adapter?.error?.issues ?? []).filter(issue => issue.path.length > 0 || isObject(value)),
    ...(common.success ? (delivery.error?.issues ?? []) : [])
      .filter(() => nodeAt(root, ['delivery']) !== undefined)
      .map(issue => ({ ...issue, path: ['delivery', ...issue.path] })),
  ];
  const drafts = [...resolved.drafts, ...draftsOf(issues, root, schema, resolved)];
  if (drafts.length > 0 || !common.success || !adapter?.success || !delivery.success || !pipeline.success) {
    return { drafts };
  }
  const { type, description, tenant = context.tenant } = common.data;
  return {
    drafts,
    config: {
      id,
      file: path,
      tenant,
      type,
      description,
      enabled: common.data.enabled,
      sandbox: credentials.sandbox,
      missing: credentials.missing,
      pipeline: pipelineConfig(pipeline.data),
      delivery: deliveryConfig(delivery.data),
      adapter: asJson(adapter.data),
    },
  };
}

/** Known before anything else is read: a channel that is not enabled may go without credentials. */
function isEnabled(root: Node, lookUp: LookUp): boolean {
  const node = childOf(root, 'enabled');
  const rules = { lookUp, openTop: true, unset: () => ({ kind: 'absent' as const }) };
  return node === undefined || resolveTree(node, z.boolean(), rules).value !== false;
}

const nested = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

/** The second over the first, key by key; lists and values are replaced whole. */
export function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base ?? {};
  if (!isObject(base) || !isObject(over)) return over;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    out[key] = Object.hasOwn(base, key) ? merged(base[key], value) : value;
  }
  return out;
}

function pipelineConfig({ languages, burst }: Pipeline): PipelineConfig {
  return { languages, burst: { policy: burst.policy, quietMs: burst.quiet, maxMs: burst.max } };
}

function deliveryConfig({ retry, timeout, ambiguous, ...rest }: Delivery): DeliveryConfig {
  const { rate_limit: rateLimit, breaker, window, on_failed: onFailed } = rest;
  return {
    retry: {
      maxAttempts: retry.max_attempts,
      baseMs: retry.base,
      maxMs: retry.max,
      maxAgeMs: retry.max_age,
      holdMs: retry.hold,
    },
    rateLimit: compact(rateLimit),
    breaker: { probeMs: breaker.probe, maxProbeMs: breaker.max_probe },
    timeoutMs: timeout,
    ambiguous: { waitMs: ambiguous.wait, policy: ambiguous.policy },
    window: { check: window.check, fallbackTemplate: window.fallback_template ?? null },
    onFailed: { template: onFailed.template ?? null },
  };
}

/** The seam between a schema's output and plain JSON: what a definition's schema puts out is JSON by contract. */
const asJson = (value: unknown): JsonObject => value as JsonObject;
