import { LibpodError } from '../../../base/errors.js';
import type { PodmanCommand } from '../../command.js';
import { exitCodeOf, UsageError } from '../../errors.js';
import { parseWhole } from '../../flags/values.js';
import { addPodChoice, forEachPod, requirePods, type PodChoice } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

interface RmFlags extends PodChoice {
  readonly force?: boolean;
  readonly time?: string;
}

/** podman-pod-rm(1), "Exit Status": 1 if a pod is not there, 2 if one runs. */
function rmExitCode(error: unknown): number {
  if (LibpodError.is(error, 'ERR_NO_SUCH_POD')) return 1;
  return LibpodError.is(error, 'ERR_INVALID_STATE') ? 2 : exitCodeOf(error);
}

/** `pod rm`: podman-pod-rm(1). */
export function define(command: PodmanCommand): void {
  addPodChoice(command, 'remove all pods', { ignore: true, idFile: true });
  command
    .option('-f, --force', 'stop the containers of a running pod first')
    .option('-t, --time <seconds>', 'with --force, seconds until SIGKILL')
    .action(async (names: string[]) => {
      const { force, time, ...choice } = command.opts<RmFlags>();
      requirePods(names, choice);
      if (time !== undefined && !force)
        throw new UsageError('--force option must be specified to use the --time option');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, (runtime) =>
        forEachPod(runtime, names, choice, (pod) => pod.remove({ force, timeout }), rmExitCode),
      );
    });
}
