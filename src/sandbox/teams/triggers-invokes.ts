/** Invokes: the client waits for the answer. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/request-response */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger } from '../platform.ts';
import { hex } from '../random.ts';
import { newEventId, type Scene, targetOf, trigger, type Where } from './trigger-shell.ts';

interface Invoke {
  readonly name: string;
  readonly describe: string;
  /** Teams' own name; absent for buttons of old cards. */
  readonly invoke?: string;
  readonly params?: readonly string[];
  readonly where?: Where;
  readonly value: (scene: Scene) => JsonObject;
}

const invoke = ({
  name,
  describe,
  invoke: called,
  params = [],
  where = 'personal',
  value,
}: Invoke): Trigger =>
  trigger({
    name,
    describe,
    params: [...params, 'to'],
    where,
    make: scene => ({
      type: 'invoke',
      id: newEventId(scene),
      ...(called === undefined ? {} : { name: called }),
      value: value(scene),
      replyToId: targetOf(scene),
    }),
  });

function fileConsent({ context: { random } }: Scene, action: string): JsonObject {
  const id = hex(16, random);
  const upload = {
    contentUrl: 'https://contoso-my.sharepoint.example/personal/ada/Documents/report.pdf',
    name: 'report.pdf',
    uploadUrl: `https://contoso-my.sharepoint.example/upload?session=${id}`,
    uniqueId: id,
    fileType: 'pdf',
  };
  const answer = { type: 'fileUpload', action, context: { file: 'report-7' } };
  return action === 'accept' ? { ...answer, uploadInfo: upload } : answer;
}

export const invokeTriggers: readonly Trigger[] = [
  invoke({
    name: 'action',
    describe: 'a button of a universal card was pressed',
    invoke: 'adaptiveCard/action',
    params: ['id', 'title'],
    value: ({ context: { param } }) => ({
      action: {
        type: 'Action.Execute',
        title: param('title', 'Approve'),
        verb: param('id', 'approve'),
        data: { ticket: 'T-17' },
      },
      trigger: 'manual',
    }),
  }),
  invoke({
    name: 'refresh',
    describe: 'a client asks for a newer card by itself',
    invoke: 'adaptiveCard/action',
    where: 'group',
    value: () => ({ action: { type: 'Action.Execute', verb: 'refresh', data: {} }, trigger: 'automatic' }),
  }),
  invoke({
    name: 'task-fetch',
    describe: 'a button that opens a dialog was pressed',
    invoke: 'task/fetch',
    value: () => ({ data: { type: 'task/fetch', ticket: 'T-17' }, context: { theme: 'default' } }),
  }),
  invoke({
    name: 'task-submit',
    describe: 'a dialog was filled in',
    invoke: 'task/submit',
    value: () => ({ data: { ticket: 'T-17', reason: 'too slow' }, context: { theme: 'default' } }),
  }),
  invoke({
    name: 'file-accepted',
    describe: 'somebody takes a file the bot offered',
    invoke: 'fileConsent/invoke',
    value: scene => fileConsent(scene, 'accept'),
  }),
  invoke({
    name: 'file-declined',
    describe: 'somebody does not want a file',
    invoke: 'fileConsent/invoke',
    value: scene => fileConsent(scene, 'decline'),
  }),
  invoke({
    name: 'feedback',
    describe: 'a thumb up or down, with words',
    invoke: 'message/submitAction',
    params: ['text', 'reaction'],
    value: ({ context: { param } }) => ({
      actionName: 'feedback',
      actionValue: {
        reaction: param('reaction', 'like'),
        feedback: JSON.stringify({ feedbackText: param('text', 'Very helpful') }),
      },
    }),
  }),
  invoke({
    name: 'sign-in',
    describe: 'a sign-in came back with its code',
    invoke: 'signin/verifyState',
    value: () => ({ state: '123456' }),
  }),
  invoke({
    name: 'token-exchange',
    describe: 'a sign-in without a window',
    invoke: 'signin/tokenExchange',
    value: ({ context: { random } }) => ({
      id: hex(8, random),
      connectionName: 'graph',
      token: `sandbox-${hex(16, random)}`,
    }),
  }),
  invoke({
    name: 'search',
    describe: 'a search in a message extension',
    invoke: 'composeExtension/query',
    params: ['text'],
    where: 'group',
    value: ({ context: { param } }) => ({
      commandId: 'orders',
      parameters: [{ name: 'q', value: param('text', '4711') }],
      queryOptions: { skip: 0, count: 25 },
    }),
  }),
  invoke({
    name: 'link',
    describe: 'a link for a message extension to show',
    invoke: 'composeExtension/queryLink',
    where: 'group',
    value: () => ({ url: 'https://shop.example/orders/4711' }),
  }),
  invoke({
    name: 'extension-fetch',
    describe: 'a message extension was opened',
    invoke: 'composeExtension/fetchTask',
    where: 'group',
    value: () => ({ commandId: 'newTicket', commandContext: 'compose' }),
  }),
  invoke({
    name: 'extension-submit',
    describe: 'a message extension was filled in',
    invoke: 'composeExtension/submitAction',
    where: 'group',
    value: () => ({ commandId: 'newTicket', commandContext: 'compose', data: { title: 'Late order' } }),
  }),
  invoke({
    name: 'old-button',
    describe: 'a button of an old card',
    value: () => ({ command: 'orders' }),
  }),
  invoke({
    name: 'unknown-invoke',
    describe: 'an invoke nobody knows',
    invoke: 'mind/read',
    value: () => ({ depth: 3 }),
  }),
];
