/**
 * Text in one form: composed Unicode, no broken surrogates, no control characters, plain line ends, no blank
 * edges, a bounded length. What people see is kept: emoji, zero-width joiners and writing direction included.
 */
import type { InboundContent } from '../../message/content.ts';
import { next, type Processor } from '../../pipeline/processor.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

export function normalizeText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(CONTROLS, '')
    .replace(/[^\S\n]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

export function textNormalizer(config: { readonly maxLength: number }): Processor {
  return {
    name: 'text',
    process(envelope) {
      let changed = false;
      let truncated = false;
      const normal = (text: string): string => {
        let out = normalizeText(text);
        if (out.length > config.maxLength) {
          truncated = true;
          out = out.slice(0, config.maxLength).toWellFormed();
        }
        changed ||= out !== text;
        return out;
      };
      const content = withText(envelope.message.content, normal);
      if (!changed) return next({ ...envelope, facts: { ...envelope.facts, text: { changed, truncated } } });
      const message = { ...envelope.message, content };
      return next({ ...envelope, message, facts: { ...envelope.facts, text: { changed, truncated } } });
    },
  };
}

/** The content with what a person wrote in it changed. */
function withText(content: InboundContent, change: (text: string) => string): InboundContent {
  switch (content.kind) {
    case 'text':
      return { ...content, text: change(content.text) };
    case 'media':
      return content.caption === undefined ? content : { ...content, caption: change(content.caption) };
    case 'edit':
    case 'order':
      return content.text === undefined ? content : { ...content, text: change(content.text) };
    case 'choice':
      return { ...content, label: change(content.label) };
    default:
      return content;
  }
}

/** What a person wrote, whatever the kind; undefined where nothing was written. */
export function textOf(content: InboundContent): string | undefined {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'media':
      return content.caption;
    case 'edit':
    case 'order':
      return content.text;
    case 'choice':
      return content.label;
    default:
      return undefined;
  }
}
