/** Messages people write: words, files, places, people. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger, TriggerContext } from '../platform.ts';
import { digits } from '../random.ts';
import { SAMPLES, type Sample } from '../samples.ts';
import { answering, messageTrigger } from './trigger-shell.ts';

const textOf = ({ param }: TriggerContext, fallback = 'Where is my order 4711?'): JsonObject => ({
  type: 'text',
  text: { body: param('text', fallback) },
});

/** A file that can be fetched from the sandbox for as long as it remembers. */
function file({ param, random }: TriggerContext, sample: Sample, more: JsonObject = {}): JsonObject {
  const id = param('id', digits(16, random));
  return {
    ...more,
    mime_type: sample.mimeType,
    sha256: sample.sha256,
    id,
    url: `https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=${id}`,
  };
}

const FILE_PARAMS = ['id'];

export const contentTriggers: readonly Trigger[] = [
  messageTrigger('text', 'a text', ['text'], context => textOf(context)),
  messageTrigger('reply', 'a text that quotes a message of ours', ['text', 'to'], context => ({
    ...answering(context),
    ...textOf(context, 'Yes, please'),
  })),
  messageTrigger('forwarded', 'a text that was forwarded', ['text'], context => ({
    context: { forwarded: true },
    ...textOf(context, 'Have you seen this?'),
  })),
  messageTrigger('product', 'a question about a product of the catalogue', ['text', 'product'], context => ({
    context: {
      from: '15550100000',
      id: `wamid.${digits(20, context.random)}`,
      referred_product: {
        catalog_id: '194836987003835',
        product_retailer_id: context.param('product', 'di9ozbzfi4'),
      },
    },
    ...textOf(context, 'Is it still there?'),
  })),
  messageTrigger('referral', 'the first text after a tap on an advertisement', ['text'], context => ({
    referral: {
      source_url: 'https://fb.me/3cr4Wqqkv',
      source_id: digits(15, context.random),
      source_type: 'ad',
      headline: 'Summer sale',
      body: 'Everything half price',
      media_type: 'image',
      image_url: 'https://acme.example/summer.png',
      ctwa_clid: digits(24, context.random),
    },
    ...textOf(context, 'Tell me more'),
  })),
  messageTrigger('image', 'a picture', ['text', ...FILE_PARAMS], context => ({
    type: 'image',
    image: file(context, SAMPLES.image, { caption: context.param('text', 'The box was broken') }),
  })),
  messageTrigger('video', 'a video', ['text', ...FILE_PARAMS], context => ({
    type: 'video',
    video: file(context, SAMPLES.video, { caption: context.param('text', 'It makes this noise') }),
  })),
  messageTrigger('audio', 'a sound file', FILE_PARAMS, context => ({
    type: 'audio',
    audio: file(context, SAMPLES.audio, { voice: false }),
  })),
  messageTrigger('voice', 'a voice note', FILE_PARAMS, context => ({
    type: 'audio',
    audio: file(context, SAMPLES.voice, { voice: true }),
  })),
  messageTrigger('document', 'a document', ['text', 'filename', ...FILE_PARAMS], context => ({
    type: 'document',
    document: file(context, SAMPLES.document, {
      caption: context.param('text', 'The invoice'),
      filename: context.param('filename', 'invoice-4711.pdf'),
    }),
  })),
  messageTrigger('sticker', 'a sticker', FILE_PARAMS, context => ({
    type: 'sticker',
    sticker: file(context, SAMPLES.sticker, { animated: false }),
  })),
  messageTrigger('location', 'a place', ['latitude', 'longitude'], ({ param }) => ({
    type: 'location',
    location: {
      latitude: Number(param('latitude', '48.8584')),
      longitude: Number(param('longitude', '2.2945')),
      name: 'Eiffel Tower',
      address: 'Champ de Mars, Paris',
    },
  })),
  messageTrigger('contacts', 'somebody’s address card', ['contact', 'phone'], ({ param }) => ({
    type: 'contacts',
    contacts: [
      {
        name: {
          formatted_name: param('contact', 'Grace Example'),
          first_name: 'Grace',
          last_name: 'Example',
        },
        phones: [{ phone: param('phone', '+1 555-010-0042'), wa_id: '15550100042', type: 'WORK' }],
        emails: [{ email: 'grace@acme.example', type: 'WORK' }],
        org: { company: 'Acme' },
        urls: [{ url: 'https://acme.example', type: 'WORK' }],
      },
    ],
    origin: 'other',
  })),
  messageTrigger('order', 'an order from the catalogue', ['text'], ({ param }) => ({
    type: 'order',
    order: {
      catalog_id: '194836987003835',
      text: param('text', 'As a gift, please'),
      product_items: [
        { product_retailer_id: 'di9ozbzfi4', quantity: 2, item_price: 30.5, currency: 'USD' },
        { product_retailer_id: 'nqryix03ez', quantity: 1, item_price: 25, currency: 'USD' },
      ],
    },
  })),
];
