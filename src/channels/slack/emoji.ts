/**
 * Slack writes emoji by name, other platforms by character. The common ones are translated; for the rest the name
 * stands (the whole list, with custom emoji, is different in every workspace).
 */

const TABLE = `+1 👍 -1 👎 heart ❤️ joy 😂 tada 🎉 eyes 👀 white_check_mark ✅ heavy_check_mark ✔️ x ❌ pray 🙏 fire 🔥
rocket 🚀 100 💯 clap 👏 wave 👋 raised_hands 🙌 ok_hand 👌 muscle 💪 smile 😄 smiley 😃 grinning 😀 laughing 😆
slightly_smiling_face 🙂 upside_down_face 🙃 heart_eyes 😍 kissing_heart 😘 thinking_face 🤔 cry 😢 sob 😭 rage 😡
angry 😠 open_mouth 😮 hushed 😯 sweat_smile 😅 sweat 😓 grin 😁 wink 😉 blush 😊 sunglasses 😎 neutral_face 😐
expressionless 😑 confused 😕 disappointed 😞 worried 😟 astonished 😲 scream 😱 flushed 😳 sleeping 😴 zzz 💤
relieved 😌 pensive 😔 yum 😋 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 innocent 😇 smirk 😏 unamused 😒
rolling_on_the_floor_laughing 🤣 face_with_rolling_eyes 🙄 hugging_face 🤗 partying_face 🥳 exploding_head 🤯
star-struck 🤩 pleading_face 🥺 saluting_face 🫡 melting_face 🫠 face_with_raised_eyebrow 🤨 nerd_face 🤓
money_mouth_face 🤑 mask 😷 skull 💀 ghost 👻 robot_face 🤖 hankey 💩 see_no_evil 🙈 shrug 🤷 face_palm 🤦
point_up ☝️ point_up_2 👆 point_down 👇 point_left 👈 point_right 👉 v ✌️ crossed_fingers 🤞 handshake 🤝 fist ✊
hand ✋ heavy_plus_sign ➕ heavy_minus_sign ➖ broken_heart 💔 orange_heart 🧡 yellow_heart 💛 green_heart 💚
blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍 sparkling_heart 💖 two_hearts 💕 star ⭐ star2 🌟
sparkles ✨ zap ⚡ boom 💥 sunny ☀️ rainbow 🌈 snowflake ❄️ coffee ☕ beer 🍺 beers 🍻 pizza 🍕 cake 🍰 birthday 🎂
gift 🎁 trophy 🏆 balloon 🎈 confetti_ball 🎊 checkered_flag 🏁 package 📦 truck 🚚 house 🏠 email 📧 envelope ✉️
telephone_receiver 📞 iphone 📱 computer 💻 moneybag 💰 credit_card 💳 chart_with_upwards_trend 📈
chart_with_downwards_trend 📉 bug 🐛 bulb 💡 warning ⚠️ question ❓ exclamation ❗ bangbang ‼️ no_entry ⛔
octagonal_sign 🛑 rotating_light 🚨 bell 🔔 calendar 📆 date 📅 memo 📝 pushpin 📌 paperclip 📎 link 🔗 lock 🔒
unlock 🔓 key 🔑 mag 🔍 wrench 🔧 gear ⚙️ hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰
red_circle 🔴 large_green_circle 🟢 large_yellow_circle 🟡 large_blue_circle 🔵 ballot_box_with_check ☑️ new 🆕 ok 🆗
recycle ♻️ arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ speech_balloon 💬 dog 🐶 cat 🐱 unicorn_face 🦄`;

const CHARACTERS = new Map<string, string>();
const NAMES = new Map<string, string>();
const words = TABLE.split(/\s+/);
for (let i = 0; i + 1 < words.length; i += 2) {
  const [name = '', character = ''] = words.slice(i, i + 2);
  CHARACTERS.set(name, character);
  NAMES.set(bare(character), name);
}
for (const [alias, name] of [
  ['thumbsup', '+1'],
  ['thumbsdown', '-1'],
  ['poop', 'hankey'],
  ['satisfied', 'laughing'],
  ['raised_hand', 'hand'],
] as const) {
  CHARACTERS.set(alias, CHARACTERS.get(name) ?? '');
}

/** Without the variation selector, which platforms add or leave out as they like. */
function bare(character: string): string {
  return character.replaceAll('\u{FE0F}', '');
}

const NAME = /^([a-z0-9_+'-]+)(?:::skin-tone-([2-6]))?$/;
const TONE = /[\u{1F3FB}-\u{1F3FF}]/u;
const FIRST_TONE = 0x1f3fb;

/** The character of a name such as `+1` or `wave::skin-tone-3`; undefined where the name is not a common one. */
export function emojiOf(name: string): string | undefined {
  const [, base = '', tone] = NAME.exec(name) ?? [];
  const character = CHARACTERS.get(base);
  if (character === undefined || tone === undefined) return character;
  return bare(character) + String.fromCodePoint(FIRST_TONE + Number(tone) - 2);
}

/** Slack's name of a character, or the name itself given with or without colons; undefined where there is none. */
export function emojiName(emoji: string): string | undefined {
  const given = emoji.trim().replace(/^:|:$/g, '');
  if (NAME.test(given)) return given;
  const tone = TONE.exec(given)?.[0].codePointAt(0);
  const name = NAMES.get(bare(given.replace(TONE, '')));
  return name === undefined || tone === undefined ? name : `${name}::skin-tone-${tone - FIRST_TONE + 2}`;
}
