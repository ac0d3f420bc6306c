/** How it looks. Adopted as a style sheet, which a strict content security policy allows where `style` is not. */

const CSS = `
:host {
  --accent: #2563eb; --on-accent: #ffffff;
  --panel: #ffffff; --text: #14181f; --muted: #59636f; --line: #d9dee5;
  --bubble: #f0f3f7; --field: #ffffff; --bad: #b3261e; --link: #0b57d0; --code: #e3e8ef;
  --shadow: 0 12px 40px rgb(15 23 42 / .22), 0 2px 8px rgb(15 23 42 / .12);
  color-scheme: light;
  font: 15px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  color: var(--text);
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden], .hidden:not(:focus) { display: none; }
span.hidden { display: inline; position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, input, textarea, select { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { cursor: default; }
:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }

.launcher { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; width: 58px; height: 58px; border-radius: 50%; border: 1px solid rgb(255 255 255 / .3); background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); display: grid; place-items: center; transition: transform .15s; }
.launcher:hover { transform: scale(1.05); }
.launcher svg { width: 27px; height: 27px; }
.badge { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #b3261e; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px; text-align: center; }

.panel { position: fixed; right: 20px; bottom: 92px; z-index: 2147483000; width: 384px; max-width: calc(100vw - 40px); height: min(620px, calc(100dvh - 112px)); display: flex; flex-direction: column; overflow: hidden; background: var(--panel); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); animation: rise .18s ease-out; }
.panel.inline { position: relative; inset: auto; z-index: auto; width: 100%; max-width: none; height: 100%; border-radius: inherit; box-shadow: none; animation: none; }
header { display: flex; align-items: center; justify-content: space-between; gap: 8px; min-height: 56px; padding: 8px 10px 8px 18px; background: var(--accent); color: var(--on-accent); }
header :focus-visible { outline-color: var(--on-accent); outline-offset: -2px; }
h2 { margin: 0; font-size: 16px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.icon { flex: none; display: grid; place-items: center; width: 40px; height: 40px; padding: 0; border: 0; border-radius: 10px; background: none; }
header .icon:hover { background: rgb(127 127 127 / .25); }
.status { margin: 0; padding: 7px 18px; font-size: 13px; color: var(--muted); background: var(--bubble); border-bottom: 1px solid var(--line); }
.status:empty { display: none; }

.scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px 14px 8px; }
.scroll:focus-visible { outline-offset: -3px; }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 12px; max-width: 100%; }
.me { align-items: flex-end; }
.bubble { max-width: 84%; padding: 9px 13px; border-radius: 16px; border-end-start-radius: 5px; background: var(--bubble); overflow-wrap: anywhere; }
.me .bubble { background: var(--accent); color: var(--on-accent); border-radius: 16px; border-end-end-radius: 5px; white-space: pre-wrap; }
.failed .bubble { background: none; color: var(--text); box-shadow: inset 0 0 0 1.5px var(--bad); }
.meta { display: flex; flex-wrap: wrap; gap: 2px 8px; padding: 3px 5px 0; font-size: 12px; color: var(--muted); }
.joined { margin-bottom: 4px; }
.joined.them time, .joined.me:not(.failed) .meta { display: none; }
.failed .state { color: var(--bad); font-weight: 600; }
.again { min-height: 24px; padding: 0; border: 0; background: none; color: var(--link); text-decoration: underline; }
.note { margin: 4px 0 14px; font-size: 13px; text-align: center; color: var(--muted); }
.reaction:not(:empty) { margin: -8px 8px 0; padding: 0 7px; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); font-size: 14px; }
.muted { color: var(--muted); }

p { margin: 0; white-space: pre-wrap; }
.bubble > * + * { margin-top: 8px; }
.heading { font-weight: 650; }
a { color: var(--link); text-underline-offset: 2px; }
ul, ol { margin: 0; padding-inline-start: 22px; }
li + li { margin-top: 3px; }
blockquote { margin: 0; padding-inline-start: 10px; border-inline-start: 3px solid var(--line); color: var(--muted); }
pre, .table { overflow-x: auto; }
pre { margin: 0; padding: 8px 10px; border-radius: 8px; background: var(--code); }
code { font: 13px/1.5 ui-monospace, 'SF Mono', Consolas, monospace; }
:not(pre) > code { padding: 1px 4px; border-radius: 4px; background: var(--code); }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: 4px 9px; border: 1px solid var(--line); text-align: start; }
hr { width: 100%; border: 0; border-top: 1px solid var(--line); }
img, video { display: block; max-width: 100%; max-height: 260px; border-radius: 10px; }
img.sticker { max-width: 140px; }
audio { max-width: 100%; width: 250px; }

.choices, .quick { display: flex; flex-wrap: wrap; gap: 8px; }
.choices { flex-direction: column; }
.quick { justify-content: flex-end; padding: 2px 0 8px; }
.quick:empty, .typing:empty { display: none; }
.choice { display: flex; flex-direction: column; align-items: center; min-height: 40px; padding: 8px 15px; border: 1.5px solid var(--edge); border-radius: 20px; background: var(--panel); color: var(--text); text-decoration: none; text-align: center; justify-content: center; overflow-wrap: anywhere; max-width: 100%; }
.choices .choice { border-radius: 10px; }
.choice .muted { font-size: 13px; }
.choice:hover:not(:disabled) { background: var(--bubble); border-color: var(--text); }
.choice:disabled { color: var(--muted); border-color: var(--line); }

.typing { display: inline-flex; gap: 5px; margin-bottom: 12px; padding: 13px 14px; border-radius: 16px; background: var(--bubble); }
.dot { width: 8px; height: 8px; border-radius: 50%; background: var(--muted); animation: blink 1.2s infinite both; }
.dot:nth-of-type(3) { animation-delay: .2s; }
.dot:nth-of-type(4) { animation-delay: .4s; }

.form { display: grid; gap: 10px; min-width: 220px; }
.form label { display: grid; gap: 4px; font-size: 14px; }
.form .check { display: flex; align-items: center; gap: 8px; }
.form abbr { text-decoration: none; color: var(--bad); }
.form input:not([type=checkbox]), .form textarea, .form select { width: 100%; min-height: 40px; padding: 8px 10px; border: 1px solid var(--edge); border-radius: 8px; background: var(--field); }
.check input { width: 20px; height: 20px; accent-color: var(--accent); }
.primary { background: var(--accent); color: var(--on-accent); }
.form .primary { min-height: 42px; padding: 8px 16px; border: 0; border-radius: 10px; font-weight: 600; }
.form .primary:disabled { background: var(--line); color: var(--text); }

.newer { position: absolute; left: 50%; bottom: 76px; translate: -50%; display: flex; align-items: center; gap: 6px; padding: 6px 14px 6px 10px; border: 1px solid var(--line); border-radius: 18px; background: var(--panel); box-shadow: var(--shadow); font-size: 14px; }
.newer[hidden] { display: none; }
.newer svg { width: 17px; height: 17px; }
.composer { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px 12px; border-top: 1px solid var(--line); }
.composer textarea { flex: 1; min-width: 0; min-height: 42px; max-height: 132px; padding: 9px 13px; resize: none; field-sizing: content; border: 1px solid var(--edge); border-radius: 20px; background: var(--field); }
.composer textarea::placeholder { color: var(--muted); opacity: 1; }
.composer textarea:focus-visible { outline-offset: -1px; }
.composer .icon { width: 42px; height: 42px; border-radius: 50%; }
.composer .icon:disabled { background: var(--bubble); color: var(--muted); }
.composer svg { width: 21px; height: 21px; }
.composer [type=button]:hover { background: var(--bubble); }
.problem { margin: 0; font-size: 13px; color: var(--bad); overflow-wrap: anywhere; }
.problem:not(:empty) { padding: 8px 18px; border-top: 1px solid var(--line); }
progress { width: 100%; height: 8px; accent-color: var(--on-accent); }
.dropping::after { content: attr(data-drop); position: absolute; inset: 8px; z-index: 1; display: grid; place-items: center; padding: 20px; text-align: center; font-weight: 600; background: var(--panel); border: 2px dashed var(--edge); border-radius: 12px; pointer-events: none; }

:host { --edge: #7d8794; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
@keyframes blink { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }
@media (max-width: 480px) {
  .panel:not(.inline) { inset: 0; width: auto; max-width: none; height: 100dvh; border: 0; border-radius: 0; }
  .launcher.opened { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  .panel, .dot, .launcher { animation: none; transition: none; }
  .dot { opacity: .7; }
}
`;

const DARK = `
  --panel: #171a20; --text: #e9ecf1; --muted: #a4adba; --line: #353b46; --edge: #79828f;
  --bubble: #262b34; --field: #1f232b; --bad: #ff9d94; --link: #9dc1ff; --code: #343b47;
  --shadow: 0 12px 40px rgb(0 0 0 / .5), 0 2px 8px rgb(0 0 0 / .4);
  color-scheme: dark;
`;

/** The style sheet; `adopt` puts the channel's colour on top of it. */
export function adoptStyles(root: ShadowRoot): (colour: string) => void {
  const look = new CSSStyleSheet();
  look.replaceSync(
    `${CSS}
    @media (prefers-color-scheme: dark) { :host(:not([theme=light])) { ${DARK} } }
    :host([theme=dark]) { ${DARK} }`,
  );
  const accent = new CSSStyleSheet();
  root.adoptedStyleSheets = [look, accent];
  return colour => {
    if (!/^#[0-9a-f]{6}$/i.test(colour)) return;
    accent.replaceSync(`:host { --accent: ${colour}; --on-accent: ${readableOn(colour)}; }`);
  };
}

/** Black or white, whichever has the higher contrast: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function readableOn(colour: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
}
