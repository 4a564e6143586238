import { arch } from 'node:os';
import type { PodmanCommand } from '../command.js';
import { formatObject } from '../output/object.js';
import { withRuntime } from '../runtime.js';
import { packageVersion } from '../../base/package-version.js';

/** `info`: podman-info(1), the part of it that has a meaning here. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --format <format>', 'json, or a Go template')
    .action(async () => {
      const { format } = command.opts<{ format?: string }>();
      await withRuntime(command, async (runtime) => {
        const version = {
          Version: packageVersion(),
          NodeVersion: process.version,
          OsArch: `linux/${arch()}`,
        };
        process.stdout.write(formatObject({ ...(await runtime.info()), version }, format));
      });
    });
}
