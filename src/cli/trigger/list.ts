/** Every kind of webhook that can be triggered. */
import { definitions } from '../../channels/index.ts';
import { platformOf } from '../../sandbox/index.ts';
import type { Trigger } from '../../sandbox/platform.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Session } from '../io.ts';
import { outsideAdapters } from '../outside.ts';
import { unknownType } from '../parse.ts';
import { columns } from '../words.ts';

/** Of one platform where one is named. */
export function listKinds(asked: string | undefined, session: Session): ExitCode {
  const type = asked?.split('.')[0];
  const platforms = platformsOf(type, session);
  if (platforms.length === 0) return unknownType(type ?? '', session);
  const kinds = platforms.flatMap(platform =>
    platform.triggers.map(({ name, describe, params }) => ({
      kind: `${platform.type}.${name}`,
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

interface Platform {
  readonly type: string;
  readonly triggers: readonly Trigger[];
}

function platformsOf(type: string | undefined, session: Session): readonly Platform[] {
  const ofType = (platform: Platform): boolean => type === undefined || platform.type === type;
  const shipped = definitions
    .map(
      (definition): Platform => ({
        type: definition.type,
        triggers: platformOf(definition.type)?.triggers ?? [],
      }),
    )
    .filter(ofType);
  if (type !== undefined && shipped.length > 0) return shipped;
  const outside = outsideAdapters(session).map(
    ({ definition, triggers }): Platform => ({ type: definition.type, triggers: triggers() }),
  );
  return [...shipped, ...outside.filter(ofType)];
}
