import assert from 'node:assert/strict';
import { httpClient } from '../../../src/channels/http.ts';
import { MessengerConfig } from '../../../src/channels/messenger/config.ts';
import { applyProfile, type ProfileResult } from '../../../src/channels/messenger/profile.ts';
import { subject } from '../../../src/channels/messenger/testing.ts';
import { type Behaviour, platform } from '../../../src/kit/server.ts';
import type { Call } from '../../../src/kit/subject.ts';
import type { JsonObject } from '../../../src/message/json.ts';

const FULL: JsonObject = {
  get_started: 'GET_STARTED',
  greeting: [{ text: 'Hello {{user_first_name}}!' }, { locale: 'de_DE', text: 'Hallo!' }],
  ice_breakers: [{ questions: [{ question: 'Where is my order?', payload: 'order' }] }],
  menu: [
    {
      composer: false,
      items: [
        { title: 'My order', payload: 'order' },
        { title: 'Shop', url: 'https://shop.example/' },
      ],
    },
  ],
};

async function apply(
  behaviour: Behaviour,
  profile: JsonObject | undefined,
): Promise<{ readonly result: ProfileResult; readonly calls: readonly Call[] }> {
  await using server = await platform(behaviour);
  await using http = httpClient();
  const { profile: _profile, ...rest } = subject.config;
  const config = MessengerConfig.parse({
    ...rest,
    ...(profile === undefined ? {} : { profile }),
    api: { base_url: server.url },
  });
  const result = await applyProfile(config, http, AbortSignal.timeout(10_000));
  return { result, calls: [...server.calls] };
}

const success: Behaviour = { status: 200, body: { result: 'success' } };

describe('messenger: the profile of the page', () => {
  it('is set in one call, as Meta wants it', async () => {
    const { result, calls } = await apply(success, FULL);
    assert.deepEqual(result, {
      ok: true,
      set: ['get_started', 'greeting', 'ice_breakers', 'persistent_menu'],
      removed: [],
    });
    const [call, ...others] = calls;
    assert.equal(others.length, 0);
    assert.equal(call?.method, 'POST');
    assert.match(call?.path ?? '', /^\/v25\.0\/me\/messenger_profile\?appsecret_proof=[0-9a-f]{64}$/);
    assert.deepEqual(JSON.parse(call?.body ?? ''), {
      get_started: { payload: 'GET_STARTED' },
      greeting: [
        { locale: 'default', text: 'Hello {{user_first_name}}!' },
        { locale: 'de_DE', text: 'Hallo!' },
      ],
      ice_breakers: [
        { locale: 'default', call_to_actions: [{ question: 'Where is my order?', payload: 'order' }] },
      ],
      persistent_menu: [
        {
          locale: 'default',
          composer_input_disabled: true,
          call_to_actions: [
            { type: 'postback', title: 'My order', payload: 'order' },
            { type: 'web_url', title: 'Shop', url: 'https://shop.example/', webview_height_ratio: 'full' },
          ],
        },
      ],
    });
  });

  it('loses what the file leaves out, the menu before its button', async () => {
    const { result, calls } = await apply(success, { greeting: [{ text: 'Hi' }] });
    assert.deepEqual(result, {
      ok: true,
      set: ['greeting'],
      removed: ['persistent_menu', 'ice_breakers', 'get_started'],
    });
    assert.deepEqual(
      calls.map(call => [call.method, JSON.parse(call.body)]),
      [
        ['POST', { greeting: [{ locale: 'default', text: 'Hi' }] }],
        ['DELETE', { fields: ['persistent_menu', 'ice_breakers', 'get_started'] }],
      ],
    );
  });

  it('is emptied by a profile with nothing in it, and left alone without one', async () => {
    const emptied = await apply(success, {});
    assert.deepEqual(
      emptied.calls.map(call => call.method),
      ['DELETE'],
    );
    const alone = await apply(success, undefined);
    assert.deepEqual([alone.result, alone.calls], [{ ok: true, set: [], removed: [] }, []]);
  });

  it('is not taken for set where Meta refuses, says nothing or is not there', async () => {
    const rows: readonly (readonly [Behaviour, string])[] = [
      [{ status: 400, body: { error: { code: 100, message: 'no' } } }, 'invalid-message'],
      [{ status: 401, body: { error: { code: 190 } } }, 'unauthorized'],
      [{ status: 200, body: {} }, 'ambiguous'],
      [{ status: 502, body: '' }, 'ambiguous'],
      ['reset', 'ambiguous'],
      ['refused', 'not-connected'],
    ];
    for (const [behaviour, code] of rows) {
      const { result } = await apply(behaviour, { greeting: [{ text: 'Hi' }] });
      assert.ok(!result.ok);
      assert.equal(result.fault.code, code);
    }
  });
});
