/** What we give along with a message and get back in its echo: the delivery, named as ours. */

const PREFIX = 'patchbay:';

/** The `metadata` of a message. */
export const metadataOf = (delivery: string): string => `${PREFIX}${delivery}`;

/** The delivery; undefined for what others wrote there. */
export const deliveryOf = (metadata: string | undefined): string | undefined =>
  metadata?.startsWith(PREFIX) && metadata.length > PREFIX.length ? metadata.slice(PREFIX.length) : undefined;
