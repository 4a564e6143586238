import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect } from '../../flags/values.js';
import { formatTable } from '../../output/table.js';
import { formatList } from '../../output/template.js';
import { withRuntime } from '../../runtime.js';
import { parseVolumeFilters } from '../../volume-filter.js';
import { volumeJson } from '../../volume-json.js';

const HEADINGS = { Driver: 'DRIVER', Name: 'VOLUME NAME' } as const;

/** `volume ls`: podman-volume-ls(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --filter <name=value>', 'dangling=, driver=, label=, name=, opt=, scope= or until=', collect)
    .option('-q, --quiet', 'print names alone')
    .option('--noheading', 'leave out the heading')
    .option('--format <format>', 'json, or a Go template')
    .action(async () => {
      const {
        filter = [],
        quiet,
        noheading,
        format,
      } = command.opts<{
        filter?: readonly string[];
        quiet?: boolean;
        noheading?: boolean;
        format?: string;
      }>();
      if (quiet && format !== undefined) throw new UsageError('quiet and format cannot be used together');
      const filters = parseVolumeFilters(filter);
      const all = await withRuntime(command, (runtime) => Promise.resolve(runtime.volumes(...filters)));
      const rows = all.map(volumeJson);
      if (quiet) process.stdout.write(rows.map(({ Name }) => `${Name}\n`).join(''));
      else if (format === 'json') process.stdout.write(`${JSON.stringify(rows, null, '  ')}\n`);
      else if (format !== undefined) process.stdout.write(formatList(format, rows, HEADINGS));
      else
        process.stdout.write(
          formatTable([
            ...(noheading || rows.length === 0 ? [] : [Object.values(HEADINGS)]),
            ...rows.map(({ Driver, Name }) => [Driver, Name]),
          ]),
        );
    });
}
