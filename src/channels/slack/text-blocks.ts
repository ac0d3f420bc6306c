/** The words of a message that has none in `text`: other apps' posts carry them in blocks or attachments only. */
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asList, asObject, asObjects, asText } from '../json.ts';

/** The message's text in Slack's notation; empty where it says nothing. */
export function rawText(message: JsonObject): string {
  const own = asText(message.text) ?? '';
  if (own.trim() !== '') return own;
  const blocks = blocksText(message.blocks);
  return blocks === ''
    ? asObjects(message.attachments).map(attachmentText).filter(Boolean).join('\n\n')
    : blocks;
}

const blocksText = (blocks: JsonValue | undefined): string =>
  asObjects(blocks).map(blockText).filter(Boolean).join('\n\n');

function attachmentText(attachment: JsonObject): string {
  const lines = [attachment.pretext, attachment.title, attachment.text].map(asId).filter(Boolean);
  if (lines.length > 0) return lines.join('\n');
  return blocksText(attachment.blocks) || (asText(attachment.fallback) ?? '');
}

/** https://docs.slack.dev/reference/block-kit/blocks */
function blockText(block: JsonObject): string {
  switch (block.type) {
    case 'section':
      return [block.text, ...asList(block.fields)].map(textObject).filter(Boolean).join('\n');
    case 'header':
    case 'markdown':
      return textObject(block.text);
    case 'context':
      return asList(block.elements).map(textObject).filter(Boolean).join(' ');
    case 'rich_text':
      return asObjects(block.elements).map(richText).join('\n');
    default:
      return '';
  }
}

const textObject = (value: JsonValue | undefined): string =>
  asText(value) ?? asText(asObject(value)?.text) ?? '';

/** https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
function richText(element: JsonObject): string {
  switch (element.type) {
    case 'rich_text_list':
      return asObjects(element.elements)
        .map(item => `• ${richText(item)}`)
        .join('\n');
    case 'rich_text_section':
    case 'rich_text_quote':
    case 'rich_text_preformatted':
      return asObjects(element.elements).map(richText).join('');
    case 'text':
      return (asText(element.text) ?? '').replace(/[&<>]/g, c => ESCAPES[c] ?? c);
    case 'link':
      return `<${[asText(element.url), asId(element.text)].filter(Boolean).join('|')}>`;
    case 'user':
      return `<@${asText(element.user_id) ?? ''}>`;
    case 'channel':
      return `<#${asText(element.channel_id) ?? ''}>`;
    case 'usergroup':
      return `<!subteam^${asText(element.usergroup_id) ?? ''}>`;
    case 'broadcast':
      return `<!${asText(element.range) ?? 'here'}>`;
    case 'emoji':
      return `:${asText(element.name) ?? ''}:`;
    default:
      return '';
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
