import { LibpodError } from '../../base/errors.js';
import type { Runtime } from '../../index.js';
import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { exitCodeOf, UsageError } from '../errors.js';
import { collect, parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

interface RmFlags extends ContainerChoice {
  readonly force?: boolean;
  readonly ignore?: boolean;
  readonly time?: string;
  readonly volumes?: boolean;
  readonly depend?: boolean;
}

/** Whether an error says that the records of a container cannot be used. */
function isUnreadable(error: unknown): boolean {
  return LibpodError.is(error, 'ERR_RECORD_DAMAGED') || LibpodError.is(error, 'ERR_RECORD_NEWER');
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
  addChoice(command, 'remove all containers', { cidFile: true });
  command
    // -f is --force here.
    .option('--filter <name=value>', 'those that fit, as in ps', collect)
    .option('-f, --force', 'stop a running container first')
    .option('-i, --ignore', 'pass over containers that are not there')
    .option('--depend', 'remove the containers that depend on it too')
    .option('-t, --time <seconds>', 'with --force, seconds until SIGKILL')
    .option('-v, --volumes', 'remove the volumes too that were made for it')
    .action(async (names: string[]) => {
      const flags = command.opts<RmFlags>();
      const { all, force, ignore, time, depend, volumes } = flags;
      requireChoice(names, flags);
      if (time !== undefined && !force)
        throw new UsageError('--force option must be specified to use the --time option');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        const failures = new Failures(rmExitCode);
        const wanted =
          all && flags.filter === undefined
            ? await allRemovable(runtime)
            : await chosenContainers(runtime, names, flags);
        const written = new Map<string, string>();
        const unreadable: string[] = [];
        for (const name of wanted) {
          // As podman has it, force is content with what is gone already.
          if ((ignore ?? force) && !runtime.hasContainer(name)) continue;
          try {
            written.set(runtime.lookupContainer(name).id, name);
          } catch (error) {
            if (!force || !isUnreadable(error)) failures.add(error);
            else unreadable.push(name);
          }
        }
        // What cannot be read can still be removed.
        for (const name of unreadable) {
          await runtime.removeContainer(name, { force });
          process.stdout.write(`${name}\n`);
        }
        const options = { force, timeout, dependents: depend, volumes };
        const { removed, failed } = await runtime.removeContainers([...written.keys()], options);
        const gone = new Set(removed);
        for (const [id, name] of written) if (gone.has(id)) process.stdout.write(`${name}\n`);
        for (const { error } of failed) failures.add(error);
        failures.raise();
      });
    });
}
