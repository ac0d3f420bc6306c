/**
 * Files of people, in two steps: the id gives an address that lives five minutes, the address gives the bytes; both
 * with our token. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#download-media
 */
import type { Media } from '../../message/content.ts';
import type { MediaFetch } from '../channel.ts';
import { asText } from '../json.ts';
import { graphUrl } from '../meta/graph.ts';
import type { WhatsAppConfig } from './config.ts';

/** Where Meta keeps them; the token goes nowhere else. */
const FILE_HOSTS = ['lookaside.fbsbx.com', '*.fbsbx.com', '*.whatsapp.net', '*.fbcdn.net'];
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export function mediaFetcher({ api, credentials }: WhatsAppConfig): (media: Media) => MediaFetch | string {
  const authorization = `Bearer ${credentials.access_token}`;
  const hosts = [new URL(api.base_url).hostname];
  return ({ source }) => {
    if (source.kind !== 'platform' || !ID.test(source.ref)) return 'it has no media id';
    return {
      url: graphUrl(api, source.ref),
      authorization,
      hosts,
      next(answer) {
        const url = asText(answer.url);
        return url === undefined ? 'Meta told no address' : { url, authorization, hosts: FILE_HOSTS };
      },
    };
  };
}
