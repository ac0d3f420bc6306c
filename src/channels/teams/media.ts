/**
 * Files and pictures people send. A file is an address that was authorised beforehand: a token sent along would be
 * given away. A picture is an attachment of the Connector's, which wants our token; it goes to the Connector's own
 * hosts alone. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4
 */
import type { Media } from '../../message/content.ts';
import type { MediaFetch } from '../channel.ts';
import type { TeamsConfig } from './config.ts';
import { allowedServiceUrl } from './service-url.ts';
import type { Tokens } from './tokens.ts';

export function mediaFetcher(
  { api }: TeamsConfig,
  tokens: Pick<Tokens, 'get'>,
): (media: Media) => MediaFetch | string {
  const authorization = async (signal: AbortSignal): Promise<string | null> => {
    const token = await tokens.get(signal);
    return token.ok ? `Bearer ${token.value}` : null;
  };
  return ({ source }) => {
    if (source.kind === 'url') return { url: source.url };
    const isAttachment =
      source.kind === 'platform' && allowedServiceUrl(source.ref, api.allowed_service_urls) !== null;
    if (!isAttachment) return 'only Microsoft Graph opens it';
    const url = throughProxy(source.ref, api.connector_url);
    return { url, authorization, hosts: [new URL(url).hostname] };
  };
}

/** A proxy has the same paths as the Connector. */
function throughProxy(address: string, proxy: string | undefined): string {
  const [path] = /v3\/attachments\/.*$/.exec(address) ?? [];
  return proxy === undefined || path === undefined ? address : `${proxy.replace(/\/*$/, '/')}${path}`;
}
