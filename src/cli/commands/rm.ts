import { LibpodError } from '../../base/errors.js';
import { removalsInOrder } from '../../engine/remove-many.js';
import type { Container, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { exitCodeOf, UsageError } from '../errors.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

interface RmFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly ignore?: boolean;
  readonly time?: string;
  readonly volumes?: boolean;
  readonly depend?: boolean;
}

/** podman-rm(1), "Exit Status": 1 if a container is not there, 2 if one runs. */
function rmExitCode(error: unknown): number {
  if (LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) return 1;
  return LibpodError.is(error, 'ERR_INVALID_STATE') ? 2 : exitCodeOf(error);
}

/** All containers; infra containers go with their pods. */
async function allRemovable(runtime: Runtime): Promise<string[]> {
  return (await runtime.containers(({ isInfra }) => !isInfra)).map(({ id }) => id);
}

/** `rm`: podman-rm(1). Where one cannot be removed, the others still are. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'remove all containers')
    .option('-f, --force', 'stop a running container first')
    .option('-i, --ignore', 'pass over containers that are not there')
    .option('--depend', 'remove the containers that depend on it too')
    .option('-t, --time <seconds>', 'with --force, seconds until SIGKILL')
    .option('-v, --volumes', 'remove anonymous volumes too; a container here has none')
    .action(async (names: string[]) => {
      const { all, force, ignore, time, depend } = command.opts<RmFlags>();
      requireNames(names, all);
      if (time !== undefined && !force)
        throw new UsageError('--force option must be specified to use the --time option');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        const wanted = all ? await allRemovable(runtime) : names;
        const ids = wanted.flatMap((name) =>
          runtime.hasContainer(name) ? runtime.lookupContainer(name).id : [],
        );
        const removal = removalsInOrder(
          new Set(ids),
          (id) => (runtime.hasContainer(id) ? runtime.getContainer(id) : undefined),
          (container: Container) => container.remove({ force, timeout, dependents: depend }),
        );
        await forEachContainer(runtime, wanted, {
          // As podman has it, force is content with what is gone already.
          ignoreMissing: ignore ?? force,
          codeOf: rmExitCode,
          work: async ({ written, container }) => {
            await removal(container);
            return written;
          },
        });
      });
    });
}
