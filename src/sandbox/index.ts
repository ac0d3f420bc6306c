/** The register of played platforms, one line for each. */
import { messenger } from './messenger/index.ts';
import type { SandboxPlatform } from './platform.ts';
import { slack } from './slack/index.ts';
import { type Sandbox, type SandboxOptions, startSandbox as start } from './start.ts';
import { teams } from './teams/index.ts';
import { web } from './web/index.ts';
import { whatsapp } from './whatsapp/index.ts';

export type { SandboxAccount } from './platform.ts';
export type { Sandbox, SandboxOptions } from './start.ts';

export const platforms: readonly SandboxPlatform[] = [whatsapp, messenger, slack, teams, web];

/** By channel type; undefined for a platform nobody plays. */
export const platformOf = (type: string): SandboxPlatform | undefined =>
  platforms.find(platform => platform.type === type);

/** Resolves when it listens; rejects when it cannot. */
export const startSandbox = (options: SandboxOptions): Promise<Sandbox> => start(options, platforms);
