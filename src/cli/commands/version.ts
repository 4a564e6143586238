import { arch } from 'node:os';
import type { PodmanCommand } from '../command.js';
import { formatObject } from '../output/object.js';
import { packageVersion } from '../../base/package-version.js';

/** `version`: podman-version(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --format <format>', 'json, or a Go template')
    .action(() => {
      const facts = {
        Client: {
          Name: 'libpod',
          Version: packageVersion(),
          NodeVersion: process.version,
          OsArch: `linux/${arch()}`,
        },
      };
      const { format } = command.opts<{ format?: string }>();
      process.stdout.write(formatObject(facts, format));
    });
}
