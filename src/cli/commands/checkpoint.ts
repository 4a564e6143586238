import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';

/** `container checkpoint` and `container restore`: podman has them of criu(8). Refused by name, whatever flags follow. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[words...]')
    .passThroughOptions()
    .allowUnknownOption()
    .action(() => {
      throw new UsageError(
        `container ${command.name()} is not supported: it takes criu(8), which is another program; commit keeps the files of a container, pause holds its processes`,
      );
    });
}
