import type { PodmanCommand } from '../../command.js';
import { Failures, requireNames } from '../../each.js';
import { compileTemplate } from '../../output/template.js';
import { withRuntime } from '../../runtime.js';
import { volumeJson } from '../../volume-json.js';

/** `volume inspect`: podman-volume-inspect(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] VOLUME [VOLUME...]')
    .argument('[volumes...]')
    .option('-a, --all', 'all volumes')
    .option('-f, --format <template>', 'a Go template, or json')
    .action(async (names: string[]) => {
      const { all, format } = command.opts<{ all?: boolean; format?: string }>();
      requireNames(names, all);
      const show = format === undefined || format === 'json' ? undefined : compileTemplate(format);
      await withRuntime(command, (runtime) => {
        const failures = new Failures();
        const found = (all ? runtime.volumes().map(({ name }) => name) : names).flatMap((name) => {
          try {
            return [volumeJson(runtime.volume(name))];
          } catch (error) {
            failures.add(error);
            return [];
          }
        });
        if (show === undefined) process.stdout.write(`${JSON.stringify(found, null, '     ')}\n`);
        else for (const one of found) process.stdout.write(`${show(one)}\n`);
        failures.raise();
        return Promise.resolve();
      });
    });
}
