import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { addDetachKeysFlag, type DetachKeysFlag } from '../flags/detach-keys.js';
import { collect } from '../flags/values.js';
import { lookAround, parseFilters } from '../ps/filter.js';
import { runInForeground } from '../foreground.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

interface StartFlags extends DetachKeysFlag {
  readonly attach?: boolean;
  readonly interactive?: boolean;
  readonly sigProxy?: boolean;
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly filter?: readonly string[];
}

/** `start`: podman-start(1). One that runs already is fine. */
export function define(command: PodmanCommand): void {
  addDetachKeysFlag(command, 'container');
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --attach', "attach the container's output, and end with its exit code")
    .option('-i, --interactive', 'forward stdin to the container')
    .option('--sig-proxy', 'pass signals on to the container (default true with --attach)')
    .option('--all', 'start all containers, or with --filter those that fit')
    .option('-l, --latest', 'start the container that was created last')
    .option('-f, --filter <name=value>', 'which containers to start, as in ps', collect)
    .action(async (names: string[]) => {
      const flags = command.opts<StartFlags>();
      const chosen = flags.all === true || flags.filter !== undefined;
      if (flags.latest && chosen)
        throw new UsageError(`--latest and ${flags.all ? '--all' : '--filter'} cannot be used together`);
      if (names.length === 0 && !chosen && !flags.latest)
        throw new UsageError('start requires at least one argument');
      if (names.length > 0 && chosen)
        throw new UsageError('either start all containers or the container(s) provided in the arguments');
      const attach = flags.attach === true || flags.interactive === true;
      if (attach && (names.length > 1 || chosen))
        throw new UsageError('you cannot start and attach multiple containers at once');
      await withRuntime(command, async (runtime) => {
        const wanted = await latestOrNames(runtime, names, flags.latest);
        if (attach) {
          const container = runtime.lookupContainer(wanted[0] as string);
          const { spec, autoRemove } = container.config();
          command.program.exitCode = await runInForeground(container, {
            ...flags,
            tty: spec.process.terminal,
            throwaway: autoRemove,
          });
          return;
        }
        const words = flags.filter ?? [];
        const filters = chosen ? parseFilters(words, await lookAround(runtime, words)) : [];
        const all = chosen ? await runtime.containers(...filters.map(({ fits }) => fits)) : [];
        await forEachContainer(runtime, chosen ? all.map(({ id }) => id) : wanted, {
          work: async ({ written, container }) => {
            if (!['running', 'stopping', 'paused'].includes(await container.state())) await container.start();
            return written;
          },
        });
      });
    });
}
