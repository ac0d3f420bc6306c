/** `patchbay start`: the hub, until a signal. */
import type { Cli } from './program.ts';

export function addStart(cli: Cli): void {
  const command = cli.program
    .command('start')
    .description('run the hub, until it is told to stop')
    .action(() =>
      cli.run(command, async ({ settings }) => {
        // Loaded here: the other commands do without the hub's many parts.
        const { run } = await import('../main.ts');
        return run({ config: settings.config, quiet: settings.quiet });
      }),
    );
}
