import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { linesOfPort, mappingLine, parsePort } from '../port/mappings.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

const ID_WIDTH = 12;

/** `port`: podman-port(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [PORT]')
    .argument('[words...]')
    .option('-a, --all', 'of all containers that run')
    .option('-l, --latest', 'of the container that was created last')
    .action(async (words: string[]) => {
      const { all, latest } = command.opts<{ all?: boolean; latest?: boolean }>();
      if (all && latest) throw new UsageError('--all and --latest cannot be used together');
      if (all && words.length > 0) throw new UsageError('no arguments are needed with --all');
      if (!all && !latest && words.length === 0)
        throw new UsageError('you must supply a running container name or id');
      const [name, port, ...more] = latest ? [undefined, ...words] : words;
      if (more.length > 0) throw new UsageError(`accepts at most 2 arg(s), received ${words.length}`);
      const wanted = port === undefined ? undefined : parsePort(port);
      await withRuntime(command, async (runtime) => {
        const print = (prefix: string, lines: readonly string[]): void => {
          for (const line of lines) process.stdout.write(`${prefix}${line}\n`);
        };
        if (all) {
          for (const id of await allWithStatus(runtime, ['running']))
            print(`${id.slice(0, ID_WIDTH)}\t`, runtime.getContainer(id).portMappings.map(mappingLine));
          return;
        }
        const container =
          name === undefined ? await runtime.latestContainer() : runtime.lookupContainer(name);
        const mappings = container.portMappings;
        print('', wanted === undefined ? mappings.map(mappingLine) : linesOfPort(mappings, wanted));
      });
    });
}
