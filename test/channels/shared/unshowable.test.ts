/** Pictures that a platform cannot show. */
import assert from 'node:assert/strict';
import { withoutUnshowable } from '../../../src/channels/unshowable.ts';
import type { Media, OutboundContent } from '../../../src/message/content.ts';

const image: Media = { type: 'image', source: { kind: 'url', url: 'https://a.example/i' }, name: 'a_b' };
const card: OutboundContent = { kind: 'card', title: 'Tea', text: 'Hot', image, choices: [] };
const never = () => false;

describe('pictures that cannot be shown', () => {
  it('are files by themselves', () => {
    const [content, losses] = withoutUnshowable({ kind: 'media', media: image }, 'pigeon', never);
    assert.deepEqual(content, { kind: 'media', media: { ...image, type: 'file' } });
    assert.deepEqual(losses, []);
  });

  it('are links below the text of a card, and told as lost', () => {
    const [content, losses] = withoutUnshowable(card, 'pigeon', never);
    const text = 'Hot\n\n[a\\_b](<https://a.example/i>)';
    assert.deepEqual(content, { kind: 'card', title: 'Tea', text, choices: [] });
    assert.deepEqual(losses, [{ what: 'image', why: 'pigeon cannot show it; sent as a link' }]);
  });

  it('are left alone where they can be shown', () => {
    assert.deepEqual(
      withoutUnshowable(card, 'pigeon', () => true),
      [card, []],
    );
  });
});
