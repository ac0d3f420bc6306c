/** The web chat: a channel whose platform is ours. See README.md beside this file for the contract. */
import { type Channel, defineChannel } from '../channel.ts';
import { signingKey } from '../signature.ts';
import { WebConfig } from './config.ts';
import { openDoor } from './door.ts';
import { freshAddresses } from './kept.ts';
import { parse } from './parse.ts';
import { capabilities, render } from './render.ts';
import { streams } from './streams.ts';
import { sign, verify } from './verify.ts';
import type { Wire } from './wire.ts';

export const web = defineChannel({
  type: 'web',
  config: WebConfig,
  maxBodyBytes: 1024 * 1024,
  capabilities,
  sign: (config, body, nowMs) => sign(config.credentials.signing_secret, body, nowMs),
  /** The web chat calls nobody. */
  redirect: config => config,
  create(identity, config, { now, media, kept = make => make() }): Channel {
    const { signing_secret, previous_signing_secret } = config.credentials;
    const secrets = [
      signing_secret,
      ...(previous_signing_secret === undefined ? [] : [previous_signing_secret]),
    ];
    const keys = secrets.map(signingKey);
    // A message that was begun with the file before is pushed to those who came back through the new door.
    const open = kept(() => streams(now));
    return {
      type: 'web',
      ...identity,
      account: config.account.site,
      verify: request => verify(request, keys, now()),
      parse: request => parse(request, identity),
      // A wire message is plain JSON, which the compiler does not see in interfaces: they could be added to.
      render: message => render(message, media !== undefined) as unknown as ReturnType<Channel['render']>,
      /** Whoever is there gets it at once; who is not fetches it from the hub's store on coming back. */
      send(wire, { marker, seq }) {
        // `render` made it.
        const said = wire as unknown as Wire;
        open.push(said.conversation, { seq, id: marker, wire: said, at: now() });
        return Promise.resolve({ ok: true, platformId: marker });
      },
      open: hall => openDoor({ identity, config, hall, streams: open, now, fresh: freshAddresses(media) }),
    };
  },
});
