import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `volume mount`: podman-volume-mount(1). Prints where the volume is. */
export function define(command: PodmanCommand): void {
  command
    .usage('VOLUME')
    .argument('<volume>')
    .action(async (name: string) => {
      const place = await withRuntime(command, (runtime) => runtime.mountVolume(name));
      process.stdout.write(`${place}\n`);
    });
}
