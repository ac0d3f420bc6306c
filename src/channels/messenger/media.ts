/**
 * Files of people: the webhook names their address at Meta, which needs no token and is gone after some days.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
 */
import type { Media } from '../../message/content.ts';
import type { MediaFetch } from '../channel.ts';

/** Where Meta keeps them: no webhook names another place, however it is signed. */
const FILE_HOSTS = ['*.fbcdn.net', '*.fbsbx.com', '*.cdninstagram.com', '*.facebook.com', '*.instagram.com'];

/** The page's token stays here: it opens nothing there, and would open the page to whoever sees it. */
export const mediaFetch = ({ source }: Media): MediaFetch | string =>
  source.kind === 'url' ? { url: source.url, hosts: FILE_HOSTS } : 'it has no address';
