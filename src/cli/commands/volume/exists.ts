import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `volume exists`: podman-volume-exists(1). 0 if it does, 1 if not. */
export function define(command: PodmanCommand): void {
  command
    .usage('VOLUME')
    .argument('<volume>')
    .action(async (name: string) => {
      const found = await withRuntime(command, (runtime) => Promise.resolve(runtime.hasVolume(name)));
      command.program.exitCode = found ? 0 : 1;
    });
}
