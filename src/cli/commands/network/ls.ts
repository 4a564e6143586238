import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect } from '../../flags/values.js';
import { asksFor, LIST_FILTERS, parseNetworkFilters } from '../../network-filter.js';
import { networkFields, networkJson } from '../../network-json.js';
import { networkId } from '../../../index.js';
import { formatTable } from '../../output/table.js';
import { formatList } from '../../output/template.js';
import { withRuntime } from '../../runtime.js';

const HEADINGS = { ID: 'NETWORK ID', Name: 'NAME', Driver: 'DRIVER' } as const;
const ID_WIDTH = 12;

/** `network ls`: podman-network-ls(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --filter <name=value>', 'dangling=, driver=, id=, label=, label!=, name= or until=', collect)
    .option('-q, --quiet', 'print names alone')
    .option('-n, --noheading', 'leave out the heading')
    .option('--no-trunc', 'show whole IDs')
    .option('--format <format>', 'json, or a Go template')
    .action(async () => {
      const {
        filter = [],
        quiet,
        noheading,
        trunc,
        format,
      } = command.opts<{
        filter?: readonly string[];
        quiet?: boolean;
        noheading?: boolean;
        trunc: boolean;
        format?: string;
      }>();
      if (quiet && format !== undefined) throw new UsageError('quiet and format cannot be used together');
      const all = await withRuntime(command, async (runtime) => {
        const networks = runtime.networks();
        const unused = new Set<string>();
        for (const { name } of asksFor('dangling', filter) ? networks : [])
          if ((await runtime.networkContainers(name)).length === 0) unused.add(name);
        const filters = parseNetworkFilters(filter, LIST_FILTERS, unused);
        return networks.filter((network) => filters.every((meant) => meant(network)));
      });
      const rows = all.map((network) => {
        const id = networkId(network.name);
        return {
          ...networkFields(network),
          ID: trunc ? id.slice(0, ID_WIDTH) : id,
          Name: network.name,
          Driver: network.driver,
          Labels: Object.entries(network.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(','),
        };
      });
      if (quiet) process.stdout.write(rows.map(({ Name }) => `${Name}\n`).join(''));
      else if (format === 'json')
        process.stdout.write(`${JSON.stringify(all.map(networkJson), null, '     ')}\n`);
      else if (format !== undefined) process.stdout.write(formatList(format, rows, HEADINGS));
      else
        process.stdout.write(
          formatTable([
            ...(noheading ? [] : [Object.values(HEADINGS)]),
            ...rows.map(({ ID, Name, Driver }) => [ID, Name, Driver]),
          ]),
        );
    });
}
