/** Where the visitor writes, and gives files: by the button, by dropping them, by pasting. */
import { el, icon } from './dom.ts';
import { type EntryContext, setText } from './entries.ts';
import type { Strings } from './strings.ts';
import { type FileLimits, objection, sizeOf } from './uploads.ts';

export interface ComposerOptions {
  readonly strings: Strings;
  readonly maxText: number;
  /** Null where the chat takes no files. */
  readonly files: FileLimits | null;
  readonly context: EntryContext;
  writing(active: boolean): void;
  attach(file: File): void;
}

export interface Composer {
  readonly node: HTMLElement;
  readonly input: HTMLTextAreaElement;
  disable(): void;
}

/** `panel` is where files may be dropped. */
export function composerNode(options: ComposerOptions, panel: () => HTMLElement): Composer {
  const { strings, maxText, context, writing } = options;
  const input = el('textarea', {
    rows: '1',
    dir: 'auto',
    maxlength: String(maxText),
    placeholder: strings.write,
    'aria-label': strings.write,
    autocomplete: 'off',
  });
  const send = el(
    'button',
    { class: 'icon primary', 'aria-label': strings.send, disabled: true },
    icon('send'),
  );
  // There from the start: what is put into it later is read out.
  const problem = el('p', { class: 'problem', role: 'alert' });
  const files = options.files === null ? null : fileParts(options, options.files, problem);
  const form = el('form', { class: 'composer' }, files?.button, files?.picker, input, send);
  const look = (): void => {
    send.disabled = input.value.trim() === '';
    // Where the style sheet cannot let it grow by itself.
    input.rows = Math.min(5, input.value.split('\n').length);
  };
  input.addEventListener('input', () => {
    look();
    setText(problem, '');
    writing(!send.disabled);
  });
  input.addEventListener('keydown', event => {
    // Enter also ends the choice of a word in Chinese or Japanese.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener('submit', event => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === '') return;
    context.say('text', { text }, text);
    input.value = '';
    look();
    input.focus();
  });
  if (files !== null) {
    input.addEventListener('paste', event => {
      if (files.give(event.clipboardData)) event.preventDefault();
    });
    queueMicrotask(() => takeDrops(panel(), strings, files.give));
  }
  return {
    node: el('div', {}, problem, form),
    input,
    disable() {
      for (const node of [input, send, files?.button]) if (node) node.disabled = true;
    },
  };
}

interface FileParts {
  readonly button: HTMLButtonElement;
  readonly picker: HTMLInputElement;
  /** False where there are no files in it. */
  give(data: DataTransfer | null): boolean;
}

function fileParts(
  { strings, attach }: ComposerOptions,
  limits: FileLimits,
  problem: HTMLElement,
): FileParts {
  const picker = el('input', { type: 'file', multiple: true, hidden: true, accept: limits.types.join(',') });
  const button = el(
    'button',
    { type: 'button', class: 'icon', 'aria-label': strings.attach, click: () => picker.click() },
    icon('clip'),
  );
  const take = (given: readonly File[]): void => {
    const wrong: string[] = [];
    for (const file of given) {
      const against = objection(file, limits);
      if (against === null) attach(file);
      else
        wrong.push(
          `${file.name}: ${strings[against]}${against === 'tooLarge' ? ` (≤ ${sizeOf(limits.max_bytes)})` : ''}`,
        );
    }
    setText(problem, wrong.join('\n'));
  };
  picker.addEventListener('change', () => {
    take([...(picker.files ?? [])]);
    // So that the same file can be picked again.
    picker.value = '';
    button.focus();
  });
  return {
    button,
    picker,
    give(data) {
      const given = [...(data?.files ?? [])];
      if (given.length > 0 && !button.disabled) take(given);
      return given.length > 0;
    },
  };
}

function takeDrops(panel: HTMLElement, strings: Strings, give: (data: DataTransfer | null) => boolean): void {
  panel.dataset.drop = strings.drop;
  const show = (dropping: boolean): void => void panel.classList.toggle('dropping', dropping);
  panel.addEventListener('dragover', event => {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    show(true);
  });
  panel.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && panel.contains(relatedTarget))) show(false);
  });
  panel.addEventListener('drop', event => {
    show(false);
    if (give(event.dataTransfer)) event.preventDefault();
  });
}
