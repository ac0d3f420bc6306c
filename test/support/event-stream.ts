/** Server-sent events, read as the widget reads them. */
export interface StreamedEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

export async function* eventsOf(answer: Response): AsyncGenerator<StreamedEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').filter(line => !line.startsWith(':'));
      if (fields.length > 0) yield Object.fromEntries(fields.map(line => line.split(/: (.*)/, 2)));
    }
  }
}
