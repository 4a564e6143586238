import type { PodmanCommand } from '../../command.js';
import { Failures } from '../../each.js';
import { UsageError } from '../../errors.js';
import { podJson } from '../../inspect/pod.js';
import { compileTemplate, type TemplateValue } from '../../output/template.js';
import { chosenPods } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

/** podman's indentation of inspect. */
const INDENT = '     ';

/** `pod inspect`: podman-pod-inspect(1). As podman 4.3 has it, one pod is an object, and no list. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] POD [POD...]')
    .argument('[pods...]')
    .option('-f, --format <template>', 'a Go template, or json')
    .option('-l, --latest', 'inspect the pod that was created last')
    .action(async (names: string[]) => {
      const { format, latest } = command.opts<{ format?: string; latest?: boolean }>();
      if (names.length === 0 && !latest) throw new UsageError('no names or ids specified');
      if (names.length > 0 && latest) throw new UsageError('no arguments are needed with --latest');
      const show = format === undefined || format === 'json' ? undefined : compileTemplate(format);
      await withRuntime(command, async (runtime) => {
        const failures = new Failures();
        const found: TemplateValue[] = [];
        for (const name of await chosenPods(runtime, names, { latest: latest === true })) {
          try {
            const value = (await podJson(runtime, name)) as unknown as TemplateValue;
            found.push(value);
            if (show !== undefined) process.stdout.write(`${show(value)}\n`);
          } catch (error) {
            failures.add(error);
          }
        }
        if (show === undefined && found.length > 0)
          process.stdout.write(`${JSON.stringify(found.length === 1 ? found[0] : found, null, INDENT)}\n`);
        failures.raise();
      });
    });
}
