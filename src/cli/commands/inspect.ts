import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { inspectObject, KINDS, type Kind } from '../inspect/kinds.js';
import { compileTemplate, type TemplateValue } from '../output/template.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

/** podman's indentation of inspect. */
const INDENT = '     ';

interface InspectFlags {
  readonly format?: string;
  readonly latest?: boolean;
  readonly size?: boolean;
  readonly type?: string;
}

/** What names are looked for as. @throws UsageError for a type that is none */
function parseKinds(type: string): readonly Kind[] {
  if (type === 'all') return KINDS;
  const kind = KINDS.find((one) => one === type);
  if (kind !== undefined) return [kind];
  throw new UsageError(`invalid type ${JSON.stringify(type)}: must be ${KINDS.join(', ')}, or all`);
}

/** `inspect`, of objects of every kind; `container inspect` and `image inspect`, of one: podman-inspect(1). */
export function define(command: PodmanCommand): void {
  const group = KINDS.find((kind) => kind === command.parent?.name());
  command
    .usage('[options] NAME [NAME...]')
    .argument('[names...]')
    .option('-f, --format <template>', 'a Go template, or json');
  if (group === undefined)
    command.option('-t, --type <type>', `what to look for: ${KINDS.join(', ')}, or all`, 'all');
  if (group !== 'image')
    command
      .option('-l, --latest', 'inspect the container that was created last')
      .option('-s, --size', 'count the bytes of the root of a container, too');
  command.action(async (names: string[]) => {
    const { format, size, type = group ?? 'all', latest } = command.opts<InspectFlags>();
    if (names.length === 0 && latest !== true) throw new UsageError('no names or ids specified');
    const kinds = latest ? (['container'] as const) : parseKinds(type);
    const show = format === undefined || format === 'json' ? undefined : compileTemplate(format);
    await withRuntime(command, async (runtime) => {
      const failures = new Failures();
      const found: TemplateValue[] = [];
      for (const name of await latestOrNames(runtime, names, latest)) {
        try {
          const value = await inspectObject(runtime, name, kinds, { size: size === true });
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
