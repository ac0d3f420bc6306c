/** Credentials are set all together, or not at all: then the channel talks to the sandbox. */
import { isCredential } from './fill.ts';
import { type LookUp, nameOf, type Reference, wholeReference } from './references.ts';
import type { Unset } from './resolve.ts';
import { childSchema, isOptional, type Schema } from './schema.ts';
import { dotted, type Node, type Path } from './tree.ts';

/** A value for a credential of a channel in the sandbox, always the same for the same place; undefined where none can be kept. */
export type SandboxSecret = (channelId: string, path: string) => string | undefined;

export interface CredentialRules {
  readonly sandbox: boolean;
  readonly missing: readonly string[];
  unset(path: Path, schema: Schema): Unset;
}

export interface CredentialPolicy {
  readonly channelId: string;
  readonly mode: 'auto' | 'off';
  /** A channel that serves nothing needs no credentials. */
  readonly enabled: boolean;
  readonly lookUp: LookUp;
  sandboxSecret(channelId: string, path: string): string;
}

export function credentialRules(root: Node, schema: Schema, policy: CredentialPolicy): CredentialRules {
  const found = credentialsIn(root, schema);
  const isSet = ({ reference }: Credential) => policy.lookUp(reference).kind !== 'unset';
  const given = found.find(isSet);
  const missing = found.filter(one => one.required && !isSet(one)).map(one => nameOf(one.reference));
  const sandbox = missing.length > 0 && (!policy.enabled || (policy.mode === 'auto' && given === undefined));
  const help =
    policy.mode === 'off'
      ? 'sandbox.mode is off, so every credential has to be set'
      : `${given === undefined ? '' : nameOf(given.reference)} is set: set all credentials, or none of them to use the sandbox`;
  return {
    sandbox,
    missing: sandbox ? [...new Set(missing)] : [],
    unset(path, at) {
      if (isOptional(at)) return { kind: 'absent' };
      if (!sandbox) return { kind: 'problem', help };
      return { kind: 'value', value: policy.sandboxSecret(policy.channelId, dotted(path)) };
    },
  };
}

interface Credential {
  readonly reference: Reference;
  readonly required: boolean;
}

function credentialsIn(root: Node, schema: Schema): readonly Credential[] {
  const found: Credential[] = [];
  const walk = (node: Node, at: Schema, path: Path): void => {
    if (node.kind === 'map') {
      for (const { key, value } of node.entries) {
        const below = childSchema(at, key);
        if (below !== undefined) walk(value, below, [...path, key]);
      }
    } else if (node.kind === 'scalar' && isCredential(path, at)) {
      const reference = typeof node.value === 'string' ? wholeReference(node.value) : undefined;
      if (reference !== undefined && !hasDefault(reference)) {
        found.push({ reference, required: !isOptional(at) });
      }
    }
  };
  walk(root, schema, []);
  return found;
}

const hasDefault = (reference: Reference): boolean =>
  reference.from === 'env' && reference.fallback !== undefined;
