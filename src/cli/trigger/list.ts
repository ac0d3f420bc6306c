/** Every kind of webhook that can be triggered. */
import { definitionOf, definitions } from '../../channels/index.ts';
import { platformOf } from '../../sandbox/index.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Session } from '../io.ts';
import { unknownType } from '../parse.ts';
import { columns } from '../words.ts';

/** Of one platform where one is named. */
export function listKinds(asked: string | undefined, session: Session): ExitCode {
  const type = asked?.split('.')[0];
  if (type !== undefined && definitionOf(type) === undefined) return unknownType(type, session);
  const kinds = definitions
    .filter(definition => type === undefined || definition.type === type)
    .flatMap(definition =>
      (platformOf(definition.type)?.triggers ?? []).map(({ name, describe, params }) => ({
        kind: `${definition.type}.${name}`,
        describe,
        params,
      })),
    );
  if (session.settings.json) session.json({ kinds });
  else {
    const rows = kinds.map(({ kind, describe, params }) => [kind, describe, params.join(' ')]);
    const [head = '', ...lines] = columns([['KIND', 'WHAT HAPPENS', '--set'], ...rows]);
    session.line(session.paint('dim', head));
    for (const line of lines) session.line(line);
  }
  return EXIT.ok;
}
