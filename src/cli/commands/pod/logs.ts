import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { addLogOptions, printLogs, type LogsFlags } from '../../output/logs.js';
import { chosenPods } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

interface PodLogsFlags extends LogsFlags {
  readonly container?: string;
  readonly latest?: boolean;
}

/** `pod logs`: podman-pod-logs(1). The infra container says nothing. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] POD')
    .argument('[pod]')
    .option('-c, --container <container>', 'only that container of the pod')
    .option('-l, --latest', 'the pod that was created last');
  addLogOptions(command);
  command.action(async (written?: string) => {
    const { container, latest, ...flags } = command.opts<PodLogsFlags>();
    if (latest && written !== undefined) throw new UsageError('--latest and a pod cannot be used together');
    if (!latest && written === undefined) throw new UsageError('specify a pod name or ID to log');
    await withRuntime(command, async (runtime) => {
      const [name = ''] = await chosenPods(runtime, written === undefined ? [] : [written], {
        latest: latest ?? false,
      });
      const pod = runtime.lookupPod(name);
      const members = (await pod.containers()).filter(({ isInfra }) => !isInfra);
      const ids = members.map(({ id }) => id);
      if (container !== undefined) {
        const { id } = runtime.lookupContainer(container);
        if (!ids.includes(id)) throw new UsageError(`container ${container} is not in pod ${name}`);
        ids.splice(0, ids.length, id);
      }
      await printLogs(ids, (id) => runtime.getContainer(id), flags, container === undefined);
    });
  });
}
