import type { PodmanCommand } from '../../command.js';
import { parseWhole } from '../../flags/values.js';
import { addPodChoice, forEachPod, requirePods, type PodChoice } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

/** `pod stop`: podman-pod-stop(1). */
export function define(command: PodmanCommand): void {
  addPodChoice(command, 'stop all pods', { ignore: true, idFile: true });
  command
    .option('-t, --time <seconds>', "seconds until SIGKILL (default: the containers' own, 10)")
    .action(async (names: string[]) => {
      const { time, ...choice } = command.opts<PodChoice & { time?: string }>();
      requirePods(names, choice);
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, (runtime) =>
        forEachPod(runtime, names, choice, (pod) => pod.stop({ timeout })),
      );
    });
}
