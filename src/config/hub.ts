/** hub.yaml: its values, complete with defaults, and where the environment overrides them. */
import { dirname, resolve } from 'node:path';
import { isObject } from '../channels/json.ts';
import { loadAdapters } from './adapters.ts';
import type { AdapterConfig } from './channel-schema.ts';
import { Delivery } from './common-schema.ts';
import type { HubConfig } from './config.ts';
import type { Document } from './documents.ts';
import { HubFile, readListen } from './hub-schema.ts';
import { draftsOf } from './issues.ts';
import { hiddenIn, hiddenInText } from './mask.ts';
import type { Problem } from './problem.ts';
import type { LookUp } from './references.ts';
import { resolveTree } from './resolve.ts';
import { type Draft, settle, spanAt } from './tree.ts';

export interface HubContext {
  readonly lookUp: LookUp;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Before what the environment and the file say. */
  readonly dataDir: string | undefined;
  readonly knownWords: ReadonlySet<string>;
  /** Of the adapters the package brings. */
  readonly definitions: readonly AdapterConfig[];
}

export interface LoadedHub {
  readonly problems: readonly Problem[];
  /** What is right in the file, with the defaults for all else: enough to check the channel files by. */
  readonly settings: HubFile;
  /** The part `defaults` as it stands in the file. */
  readonly defaults: { readonly delivery: unknown; readonly pipeline: unknown };
  readonly dataDir: string;
  /** What hub.yaml says by itself; only to be used when there is no problem. */
  readonly config: Omit<HubConfig, 'channels' | 'assistant'>;
  /** Of all adapters: those the package brings, and those the file names. */
  readonly definitions: readonly AdapterConfig[];
  /** The absolute path of the assistant's file. */
  readonly assistantFile: string | undefined;
}

export function loadHub(document: Document, context: HubContext): LoadedHub {
  const { root, source, path } = document;
  const resolved =
    root === undefined
      ? undefined
      : resolveTree(root, HubFile, {
          lookUp: context.lookUp,
          openTop: false,
          unset: () => ({ kind: 'absent' }),
        });
  const value = resolved?.value;
  const defaults = defaultsIn(value);
  const parsed = HubFile.safeParse(value);
  const wellFormed = HubFile.shape.defaults.safeParse(nested(value)).success;
  const delivery = Delivery.safeParse(defaults.delivery ?? {});
  const issues = [
    ...(parsed.error?.issues ?? []),
    ...(wellFormed ? (delivery.error?.issues ?? []) : []).map(issue => ({
      ...issue,
      path: ['defaults', 'delivery', ...issue.path],
    })),
  ];
  const settings = parsed.success ? parsed.data : salvaged(value);
  const adapters = loadAdapters(settings.adapters, path, context.definitions);
  const drafts: readonly Draft[] = [
    ...document.drafts,
    ...adapters.problems.map(({ index, problem }) => ({
      code: 'PB-C024' as const,
      message: `adapters[${index}]: ${problem}`,
      ...(root === undefined ? {} : { span: spanAt(root, ['adapters', index]) }),
    })),
    ...(root === undefined || resolved === undefined
      ? []
      : [...resolved.drafts, ...draftsOf(issues, root, HubFile, resolved)]),
  ];
  const hidden =
    root === undefined ? hiddenInText(source, context.knownWords) : hiddenIn(source, root, HubFile);
  const port = portIn(context.env);
  const dataDir = resolve(context.cwd, context.dataDir || context.env.PATCHBAY_DATA || settings.data);
  return {
    problems: [...settle(source, drafts, hidden), ...(port === null ? [WRONG_PORT] : [])],
    settings,
    // Wrong defaults are told here, and not once more for every channel.
    defaults: wellFormed && delivery.success ? defaults : NO_DEFAULTS,
    dataDir,
    definitions: adapters.definitions,
    assistantFile:
      settings.assistant === undefined ? undefined : resolve(dirname(path), settings.assistant.file),
    config: hubConfig(settings, { path, dataDir, port: port ?? undefined, adapters: adapters.paths }),
  };
}

const NO_DEFAULTS = { delivery: undefined, pipeline: undefined };

const nested = (value: unknown): unknown => (isObject(value) ? value.defaults : undefined);

function defaultsIn(value: unknown): LoadedHub['defaults'] {
  const given = nested(value);
  return isObject(given) ? { delivery: given.delivery, pipeline: given.pipeline } : NO_DEFAULTS;
}

/** Key by key: one wrong value must not make the channel files look wrong as well. */
function salvaged(value: unknown): HubFile {
  const kept = Object.entries(HubFile.shape).flatMap(([key, schema]) => {
    const given = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return given !== undefined && schema.safeParse(given).success ? [[key, given] as const] : [];
  });
  return HubFile.parse({ version: 1, ...Object.fromEntries(kept) });
}

const WRONG_PORT: Problem = {
  code: 'PB-C022',
  message: 'PORT: expected a port from 0 to 65535',
  file: 'environment variable PORT',
  help: 'it takes the place of the port in http.listen; unset it to use that one',
};

/** Undefined where it is not set, null where it is no port. */
function portIn(env: HubContext['env']): number | null | undefined {
  const { PORT = '' } = env;
  if (PORT === '') return undefined;
  return /^\d{1,5}$/.test(PORT) && Number(PORT) <= 65_535 ? Number(PORT) : null;
}

function s3In(s3: HubFile['media']['s3']): LoadedHub['config']['media']['s3'] {
  if (s3 === undefined) return null;
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, ...where } = s3;
  return { ...where, accessKeyId, secretAccessKey };
}

interface Surroundings {
  readonly path: string;
  readonly dataDir: string;
  readonly port: number | undefined;
  readonly adapters: readonly string[];
}

function hubConfig(file: HubFile, { path, dataDir, port, adapters }: Surroundings): LoadedHub['config'] {
  const listen = readListen(file.http.listen) ?? { host: '127.0.0.1', port: 0 };
  return {
    file: path,
    name: file.name,
    tenant: file.tenant,
    tenantRate: file.tenants.rate_limit,
    http: { host: listen.host, port: port ?? listen.port, publicUrl: file.http.public_url ?? null },
    data: dataDir,
    adapters,
    sandbox: {
      mode: file.sandbox.mode,
      listen: file.sandbox.listen === undefined ? null : (readListen(file.sandbox.listen) ?? null),
    },
    api: { token: file.api.token ?? null },
    journal: { maxSegmentBytes: file.journal.max_segment, maxBacklogBytes: file.journal.max_backlog },
    retention: {
      rawMs: file.retention.raw,
      dedupeMs: file.retention.dedupe,
      messagesMs: file.retention.messages,
      mediaMs: file.retention.media,
      deadLettersMs: file.retention.dead_letters,
      operationsMs: file.retention.operations,
      auditMs: file.retention.audit,
    },
    media: {
      maxBytes: file.media.max_size,
      timeoutMs: file.media.timeout,
      s3: s3In(file.media.s3),
    },
    log: file.log,
  };
}
