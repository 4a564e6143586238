import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { runInForeground } from '../foreground.js';
import { withRuntime } from '../runtime.js';

interface StartFlags {
  readonly attach?: boolean;
  readonly interactive?: boolean;
  readonly sigProxy?: boolean;
  readonly detachKeys?: string;
}

/** `start`: podman-start(1). One that runs already is fine. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --attach', "attach the container's output, and end with its exit code")
    .option('-i, --interactive', 'forward stdin to the container')
    .option('--detach-keys <keys>', 'the keys that leave the container to itself: ctrl-p,ctrl-q')
    .option('--sig-proxy', 'pass signals on to the container (default true with --attach)')
    .action(async (names: string[]) => {
      const flags = command.opts<StartFlags>();
      if (names.length === 0) throw new UsageError('start requires at least one argument');
      const attach = flags.attach === true || flags.interactive === true;
      if (attach && names.length > 1)
        throw new UsageError('you cannot start and attach multiple containers at once');
      await withRuntime(command, async (runtime) => {
        if (attach) {
          const container = runtime.lookupContainer(names[0] as string);
          const { spec, autoRemove } = container.config();
          command.program.exitCode = await runInForeground(container, {
            ...flags,
            tty: spec.process.terminal,
            throwaway: autoRemove,
          });
          return;
        }
        await forEachContainer(runtime, names, {
          work: async ({ written, container }) => {
            if (!['running', 'stopping', 'paused'].includes(await container.state())) await container.start();
            return written;
          },
        });
      });
    });
}
