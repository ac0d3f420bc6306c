/** The processor factory: which processors stand in which stage. */
import type { Pipeline } from '../pipeline/processor.ts';
import { assistant } from './ai/assistant.ts';
import type { AssistantRules } from './ai/rules.ts';
import { conversation } from './enrich/conversation.ts';
import { textNormalizer } from './normalize/text.ts';
import { language } from './process/language.ts';
import { schema } from './validate/schema.ts';

export interface ProcessorOptions {
  /** A channel's languages, the default first. */
  readonly languagesOf: (channel: string) => readonly string[];
  /** Null: nothing answers; messages are kept and can be answered over the API. */
  readonly assistant: AssistantRules | null;
  readonly newId: () => string;
}

const MAX_TEXT_LENGTH = 20_000;

export function buildPipeline(options: ProcessorOptions): Pipeline {
  return {
    validate: [schema],
    normalize: [textNormalizer({ maxLength: MAX_TEXT_LENGTH })],
    process: [language(options.languagesOf)],
    enrich: [conversation],
    ai: options.assistant === null ? [] : [assistant(options.assistant, options.newId)],
  };
}
