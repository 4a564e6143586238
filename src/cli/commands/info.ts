import { existsSync } from 'node:fs';
import { arch, cpus, freemem, hostname, release, totalmem, uptime } from 'node:os';
import type { PodmanCommand } from '../command.js';
import { formatObject } from '../output/object.js';
import { withRuntime } from '../runtime.js';
import { packageVersion } from '../version.js';

/** `info`: podman-info(1), the part of it that has a meaning here. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --format <format>', 'json, or a Go template')
    .action(async () => {
      const { format } = command.opts<{ format?: string }>();
      await withRuntime(command, async (runtime) => {
        const containers = await runtime.containers();
        const count = (...states: string[]): number =>
          containers.filter(({ state }) => states.includes(state)).length;
        const facts = {
          host: {
            arch: arch(),
            // cgroups(7): the file is in the root of a unified hierarchy only.
            cgroupVersion: existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1',
            cpus: cpus().length,
            hostname: hostname(),
            kernel: release(),
            memFree: freemem(),
            memTotal: totalmem(),
            os: 'linux',
            uptime: Math.floor(uptime()),
          },
          store: {
            containerStore: {
              number: containers.length,
              paused: count('paused'),
              running: count('running', 'stopping'),
              stopped: containers.length - count('paused', 'running', 'stopping'),
            },
            graphRoot: runtime.root,
            runRoot: runtime.runRoot,
          },
          version: { Version: packageVersion(), NodeVersion: process.version, OsArch: `linux/${arch()}` },
        };
        process.stdout.write(formatObject(facts, format));
      });
    });
}
