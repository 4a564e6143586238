import type { PodmanCommand } from '../../command.js';
import { addPodChoice, forEachPod, requirePods, type PodChoice } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

/** `pod start`: podman-pod-start(1). */
export function define(command: PodmanCommand): void {
  addPodChoice(command, 'start all pods', { idFile: true });
  command.action(async (names: string[]) => {
    const choice = command.opts<PodChoice>();
    requirePods(names, choice);
    await withRuntime(command, (runtime) => forEachPod(runtime, names, choice, (pod) => pod.start()));
  });
}
