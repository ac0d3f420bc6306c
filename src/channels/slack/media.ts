/**
 * Files people share: `files.info` tells the address, which takes the same token. A file kept elsewhere is an
 * address anybody may have written, and never sees it. https://docs.slack.dev/messaging/working-with-files
 */
import type { Media } from '../../message/content.ts';
import type { MediaFetch } from '../channel.ts';
import { asObject, asText } from '../json.ts';
import type { SlackConfig } from './config.ts';

const FILE_HOSTS = [
  'files.slack.com',
  '*.slack.com',
  'slack-files.com',
  '*.slack-files.com',
  '*.slack-edge.com',
];
const ID = /^[A-Z0-9]{2,64}$/;
const REASON = /^[a-z0-9_]{1,60}$/;

export function mediaFetcher({ api, credentials }: SlackConfig): (media: Media) => MediaFetch | string {
  const authorization = `Bearer ${credentials.bot_token}`;
  const base = api.base_url.replace(/\/+$/, '');
  const hosts = [new URL(base).hostname];
  return ({ source }) => {
    if (source.kind === 'url') return { url: source.url };
    if (source.kind !== 'platform' || !ID.test(source.ref)) return 'it has no file id';
    return {
      url: `${base}/files.info?file=${source.ref}`,
      authorization,
      hosts,
      next(answer) {
        const file = asObject(answer.file);
        if (answer.ok !== true || file === undefined)
          return `Slack refused files.info: ${nameOf(answer.error)}`;
        if (file.is_external === true) return 'the file is kept elsewhere';
        const url = asText(file.url_private_download) ?? asText(file.url_private);
        return url === undefined ? 'Slack told no address' : { url, authorization, hosts: FILE_HOSTS };
      },
    };
  };
}

const nameOf = (error: unknown): string =>
  typeof error === 'string' && REASON.test(error) ? error : 'no reason';
