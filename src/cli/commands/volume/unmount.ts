import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `volume unmount`: podman-volume-unmount(1). Prints the name. */
export function define(command: PodmanCommand): void {
  command
    .usage('VOLUME')
    .argument('<volume>')
    .action(async (name: string) => {
      await withRuntime(command, (runtime) => runtime.unmountVolume(name));
      process.stdout.write(`${name}\n`);
    });
}
