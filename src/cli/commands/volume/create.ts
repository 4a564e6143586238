import type { PodmanCommand } from '../../command.js';
import { collect, parsePairs } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

interface VolumeCreateFlags {
  readonly driver: string;
  readonly label?: readonly string[];
  readonly opt?: readonly string[];
}

/** `-o type=tmpfs -o o=size=1m,nodev`: what stands behind the first `=` belongs to the value; `o` may be given in parts. */
function parseOptions(words: readonly string[]): Record<string, string> {
  const { o: _parts, ...options } = parsePairs('opt', words, () => '');
  const o = words.filter((word) => word.startsWith('o=')).map((word) => word.slice('o='.length));
  return { ...options, ...(o.length > 0 && { o: o.join(',') }) };
}

/** `volume create`: podman-volume-create(1). Prints the name. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [NAME]')
    .argument('[name]')
    .option('-d, --driver <driver>', 'local', 'local')
    .option('-l, --label <key=value>', 'set metadata', collect)
    .option('-o, --opt <name=value>', 'type=, device= and o=, the options of mount', collect)
    .action(async (name: string | undefined) => {
      const { driver, label = [], opt = [] } = command.opts<VolumeCreateFlags>();
      const made = await withRuntime(command, (runtime) =>
        runtime.createVolume({
          ...(name !== undefined && { name }),
          driver,
          labels: parsePairs('label', label, () => ''),
          options: parseOptions(opt),
        }),
      );
      process.stdout.write(`${made.name}\n`);
    });
}
