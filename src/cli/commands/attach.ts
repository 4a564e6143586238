import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addDetachKeysFlag, type DetachKeysFlag } from '../flags/detach-keys.js';
import { runInForeground } from '../foreground.js';
import { endWithReader } from '../output/end-with-reader.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

interface AttachFlags extends DetachKeysFlag {
  readonly latest?: boolean;
  /** False for --no-stdin. */
  readonly stdin?: boolean;
  readonly sigProxy?: boolean;
}

/** `attach`: podman-attach(1). As there, it answers 0 when the container ends, whatever that ends with. */
export function define(command: PodmanCommand): void {
  addDetachKeysFlag(command, 'container');
  command
    .usage('[options] CONTAINER')
    .argument('[containers...]')
    .option('-l, --latest', 'the container that was created last')
    .option('--no-stdin', 'do not attach stdin')
    .option('--sig-proxy', 'pass signals on to the container (default true)')
    .action(async (names: string[]) => {
      const flags = command.opts<AttachFlags>();
      const { latest = false } = flags;
      if (names.length > 1 || (names.length === 0 && !latest))
        throw new UsageError('attach requires the name or id of one running container or the latest flag');
      await withRuntime(command, async (runtime) => {
        const [name = ''] = await latestOrNames(runtime, names, latest);
        const container = runtime.lookupContainer(name);
        if (!['running', 'stopping', 'paused'].includes(await container.state()))
          throw new UsageError('you can only attach to running containers');
        const interactive = flags.stdin !== false && container.stdin;
        // What comes from a pipe is still to reach the container.
        if (!interactive || process.stdin.isTTY) endWithReader();
        await runInForeground(container, {
          interactive,
          tty: container.spec().process.terminal === true,
          sigProxy: flags.sigProxy,
          detachKeys: flags.detachKeys,
        });
      });
    });
}
