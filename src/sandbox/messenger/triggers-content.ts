/** Messages people write: words, files, places, shares. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages */
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { digits } from '../random.ts';
import { messageTrigger, target } from './trigger-shell.ts';

const CDN = 'https://scontent.xx.fbcdn.net/v';

const attached = (type: string, payload: JsonObject | null, more: JsonObject = {}): JsonObject => ({
  attachments: [{ type, payload, ...more }] satisfies readonly JsonValue[],
});

/** An address that is gone after some days; another can be given. */
const file = ({ param, random }: TriggerContext, type: string, name: string): JsonObject =>
  attached(type, { url: param('url', `${CDN}/t59.2708-21/${digits(12, random)}/${name}?oe=6512ABCD`) });

export const contentTriggers: readonly Trigger[] = [
  messageTrigger('text', 'a text', ['text'], ({ param }) => ({
    text: param('text', 'Where is my order 4711?'),
  })),
  messageTrigger('reply', 'a text that answers a message of ours', ['text', 'to'], context => ({
    text: context.param('text', 'Yes, please'),
    reply_to: { mid: target(context), is_self_reply: false },
  })),
  messageTrigger('quick-reply', 'a tap on one of our quick replies', ['id', 'title'], ({ param }) => ({
    text: param('title', 'My order'),
    quick_reply: { payload: param('id', 'order') },
  })),
  messageTrigger('command', 'a command of the page', ['name', 'text'], ({ param }) => ({
    text: param('text', '/hours'),
    commands: [{ name: param('name', 'hours') }],
  })),
  messageTrigger('image', 'a picture', ['url'], context => file(context, 'image', 'box.jpg')),
  messageTrigger('images', 'several pictures at once', [], ({ random }) => ({
    attachments: Array.from({ length: 3 }, () => ({
      type: 'image',
      payload: { url: `${CDN}/t1.15752-9/${digits(12, random)}_n.jpg?oe=6512ABCD` },
    })),
  })),
  messageTrigger('video', 'a video', ['url'], context => file(context, 'video', 'video.mp4')),
  messageTrigger('audio', 'a voice message', ['url'], context => file(context, 'audio', 'audioclip.mp4')),
  messageTrigger('file', 'a document', ['url'], context => file(context, 'file', 'invoice-4711.pdf')),
  messageTrigger('sticker', 'a sticker', [], () =>
    attached('sticker', { url: `${CDN}/t39.1997-6/39178562_n.png`, sticker_id: 369239263222822 }),
  ),
  messageTrigger('location', 'a place', ['latitude', 'longitude'], ({ param }) =>
    attached(
      'location',
      {
        coordinates: {
          lat: Number(param('latitude', '48.8584')),
          long: Number(param('longitude', '2.2945')),
        },
      },
      { title: 'Eiffel Tower', url: 'https://www.bing.com/maps' },
    ),
  ),
  messageTrigger('link', 'a link with its preview', ['text'], ({ param }) => ({
    text: param('text', 'Is it this one? https://acme.example/lamp'),
    ...attached('fallback', { url: 'https://acme.example/lamp', title: 'A lamp' }),
  })),
  messageTrigger('share', 'something shared that Meta cannot pass on', [], () => ({
    attachments: [{ type: 'fallback' }],
  })),
  messageTrigger('reel', 'a reel', [], () =>
    attached('ig_reel', { url: `${CDN}/reel.mp4`, title: 'Lamps', reel_video_id: 17 }),
  ),
  messageTrigger('post', 'a post that was shared', [], () =>
    attached('post', { url: 'https://www.facebook.com/acme/posts/77', title: 'Summer sale' }),
  ),
  messageTrigger('products', 'products of the catalogue that were shared', [], () =>
    attached('template', {
      product: {
        elements: [
          { id: '4215', retailer_id: 'lamp-blue', title: 'Blue lamp', subtitle: '$40' },
          { id: '4216', retailer_id: 'lamp-red', title: 'Red lamp', subtitle: '$42' },
        ],
      },
    }),
  ),
  messageTrigger('product', 'a question about a product of the shop', ['text', 'product'], ({ param }) => ({
    text: param('text', 'Is it still there?'),
    referral: { product: { id: param('product', '4215') } },
  })),
  messageTrigger('ad', 'the first text after a tap on an advertisement', ['text', 'ref'], context => ({
    text: context.param('text', 'Tell me more'),
    referral: {
      ref: context.param('ref', 'summer'),
      ad_id: digits(13, context.random),
      source: 'ADS',
      type: 'OPEN_THREAD',
      ads_context_data: { ad_title: 'Summer sale', photo_url: `${CDN}/summer.jpg` },
    },
  })),
  messageTrigger('appointment', 'an appointment asked for', [], ({ now, random }) =>
    attached('appointment_booking', {
      booking_id: digits(8, random),
      status: 'requested',
      start_time: Math.floor(now / 1_000) + 86_400,
      end_time: Math.floor(now / 1_000) + 90_000,
      timezone: 'Europe/Berlin',
    }),
  ),
  messageTrigger('unsupported', 'something the API cannot pass on', [], () => ({ is_unsupported: true })),
  messageTrigger('unknown', 'an attachment of a kind that is not invented yet', [], () =>
    attached('hologram', { id: '1' }),
  ),
];
