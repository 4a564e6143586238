import type { PodmanCommand } from '../../command.js';
import { addPodChoice, forEachPod, requirePods, type PodChoice } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

/** `pod kill`: podman-pod-kill(1). */
export function define(command: PodmanCommand): void {
  addPodChoice(command, 'signal all containers of all pods');
  command
    .option('-s, --signal <signal>', 'the signal, by name or number', 'KILL')
    .action(async (names: string[]) => {
      const { signal, ...choice } = command.opts<PodChoice & { signal: string }>();
      requirePods(names, choice);
      await withRuntime(command, (runtime) => forEachPod(runtime, names, choice, (pod) => pod.kill(signal)));
    });
}
