import type { ContainerStatus } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { compileTemplate, type TemplateValue } from '../output/template.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';
import { statusWord } from '../status.js';

/** podman's indentation of inspect. */
const INDENT = '     ';

interface InspectFlags {
  readonly format?: string;
  readonly latest?: boolean;
  readonly size?: boolean;
  readonly type?: string;
}

/** `inspect` and `container inspect`: podman-inspect(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-f, --format <template>', 'a Go template, or json')
    .option('-l, --latest', 'inspect the container that was created last')
    .option('-s, --size', 'count the bytes of the root, too')
    .option('-t, --type <type>', 'container or all: there is nothing else to inspect')
    .action(async (names: string[]) => {
      const { format, size, type, latest } = command.opts<InspectFlags>();
      if (names.length === 0 && latest !== true) throw new UsageError('no names or ids specified');
      if (type !== undefined && type !== 'container' && type !== 'all') {
        throw new UsageError(`type ${JSON.stringify(type)} is not supported: give container or all`);
      }
      const show = format === undefined || format === 'json' ? undefined : compileTemplate(format);
      await withRuntime(command, async (runtime) => {
        const failures = new Failures();
        const found: TemplateValue[] = [];
        for (const name of await latestOrNames(runtime, names, latest)) {
          try {
            const all = await runtime.lookupContainer(name).inspect({ size });
            const State = { ...all.State, Status: statusWord(all.State.Status as ContainerStatus) };
            const value = { ...all, State } as unknown as TemplateValue;
            found.push(value);
            if (show !== undefined) process.stdout.write(`${show(value)}\n`);
          } catch (error) {
            failures.add(error);
          }
        }
        if (show === undefined) process.stdout.write(`${JSON.stringify(found, null, INDENT)}\n`);
        failures.raise();
      });
    });
}
