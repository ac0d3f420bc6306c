/** The page's Messenger profile. https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api */
import { z } from 'zod';

const payload = z.string().min(1).max(1_000).describe('Comes back as the id of the choice.');
const locale = z
  .string()
  .regex(/^(?:default|[a-z]{2,3}_[A-Z]{2})$/, 'expected a locale such as de_DE, or default')
  .default('default')
  .describe('For whom: a locale as de_DE, or default for everybody else.');

const MenuItem = z
  .strictObject({
    title: z.string().min(1).max(30).describe('What people read.'),
    payload: payload.optional(),
    url: z.url().optional().describe('Opens this address instead of answering.'),
  })
  .refine(item => (item.payload === undefined) !== (item.url === undefined), {
    error: 'a menu item has either a payload or a url',
  });

const localised = <Entry extends z.ZodType<{ readonly locale: string }>>(entry: Entry) =>
  z
    .array(entry)
    .refine(entries => entries.length === 0 || entries.some(one => one.locale === 'default'), {
      error: 'one of the entries must be for the locale default',
    })
    .refine(entries => new Set(entries.map(one => one.locale)).size === entries.length, {
      error: 'each locale may be there only once',
    });

export const ProfileConfig = z
  .strictObject({
    get_started: payload
      .optional()
      .describe('The payload of the button with which people begin a conversation.'),
    greeting: localised(
      z.strictObject({
        locale,
        text: z
          .string()
          .min(1)
          .max(160)
          .describe('May name {{user_first_name}}, {{user_last_name}} and {{user_full_name}}.'),
      }),
    )
      .default([])
      .describe('What people see before they begin.'),
    ice_breakers: localised(
      z.strictObject({
        locale,
        questions: z
          .array(
            z.strictObject({ question: z.string().min(1).max(80).describe('What people read.'), payload }),
          )
          .min(1)
          .max(4)
          .describe('Up to four of them.'),
      }),
    )
      .default([])
      .describe('Questions people can begin with.'),
    menu: localised(
      z.strictObject({
        locale,
        composer: z.boolean().default(true).describe('Whether people can also write.'),
        items: z.array(MenuItem).min(1).max(20).describe('Up to twenty of them.'),
      }),
    )
      .default([])
      .describe('The menu that is always there; needs get_started.'),
  })
  .refine(profile => profile.menu.length === 0 || profile.get_started !== undefined, {
    error: 'a menu needs get_started',
    path: ['get_started'],
  })
  .describe(
    'The page’s Messenger profile. Where it is given, what it leaves out is removed from the page; where it is ' +
      'not, the page keeps what it has.',
  );
export type ProfileConfig = z.output<typeof ProfileConfig>;
