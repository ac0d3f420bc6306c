/** Puts the language of what was written into `facts.language`. */
import { next, type Processor } from '../../pipeline/processor.ts';
import { textOf } from '../normalize/text.ts';
import { detectLanguage } from './detect-language.ts';

/** `languagesOf` gives a channel's languages, the default first. */
export function language(languagesOf: (channel: string) => readonly string[]): Processor {
  return {
    name: 'language',
    process(envelope) {
      const { content, address } = envelope.message;
      const text = textOf(content);
      if (text === undefined) return next(envelope);
      const found = detectLanguage(text, languagesOf(address.channel), envelope.conversation.language);
      return next({ ...envelope, facts: { ...envelope.facts, language: { ...found } } });
    },
  };
}
