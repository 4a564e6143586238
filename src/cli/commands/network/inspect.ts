import type { PodmanCommand } from '../../command.js';
import { Failures } from '../../each.js';
import { UsageError } from '../../errors.js';
import { networkFields, networkJson, requireNetwork } from '../../network-json.js';
import { compileTemplate } from '../../output/template.js';
import { withRuntime } from '../../runtime.js';

/** `network inspect`: podman-network-inspect(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NETWORK [NETWORK...]')
    .argument('[networks...]')
    .option('-f, --format <template>', 'a Go template, or json')
    .action(async (names: string[]) => {
      const { format } = command.opts<{ format?: string }>();
      if (names.length === 0) throw new UsageError('requires at least 1 arg(s), only received 0');
      const show = format === undefined || format === 'json' ? undefined : compileTemplate(format);
      await withRuntime(command, (runtime) => {
        const failures = new Failures();
        const found = names.flatMap((name) => {
          try {
            return [requireNetwork(runtime, name)];
          } catch (error) {
            failures.add(error);
            return [];
          }
        });
        if (show === undefined)
          process.stdout.write(`${JSON.stringify(found.map(networkJson), null, '     ')}\n`);
        else for (const one of found) process.stdout.write(`${show(networkFields(one))}\n`);
        failures.raise();
        return Promise.resolve();
      });
    });
}
