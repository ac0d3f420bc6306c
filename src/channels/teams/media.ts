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

const ATTACHMENT = /\/(v3\/attachments\/[A-Za-z0-9_-]{1,200}\/views\/[A-Za-z0-9_-]{1,60})$/;

export function mediaFetcher(
  { api }: TeamsConfig,
  tokens: Pick<Tokens, 'get'>,
): (media: Media) => MediaFetch | string {
  const services = [api.service_url, ...api.allowed_service_urls];
  const authorization = async (signal: AbortSignal): Promise<string | null> => {
    const token = await tokens.get(signal);
    return token.ok ? `Bearer ${token.value}` : null;
  };
  return ({ source }) => {
    if (source.kind === 'url') return { url: source.url };
    const ref = source.kind === 'platform' ? source.ref : '';
    const [, path] = ATTACHMENT.exec(ref) ?? [];
    if (path === undefined || allowedServiceUrl(ref, services) === null)
      return 'only Microsoft Graph opens it';
    // A proxy takes everything, as it does what we send.
    const url = api.connector_url === undefined ? ref : new URL(path, slashed(api.connector_url)).href;
    return { url, authorization, hosts: [new URL(url).hostname] };
  };
}

const slashed = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
