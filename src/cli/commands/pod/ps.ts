import { ownValue } from '../../../base/own-value.js';
import type { PodSummary } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect } from '../../flags/values.js';
import { formatTable } from '../../output/table.js';
import { formatList } from '../../output/template.js';
import { parsePodFilters } from '../../pod/filter.js';
import { podJson, podRow, POD_HEADINGS, SAMPLE_POD } from '../../pod/row.js';
import { withRuntime } from '../../runtime.js';

interface PodPsFlags {
  readonly ctrIds?: boolean;
  readonly ctrNames?: boolean;
  readonly ctrStatus?: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly latest?: boolean;
  readonly trunc: boolean;
  readonly noheading?: boolean;
  readonly ns?: boolean;
  readonly quiet?: boolean;
  readonly sort: string;
}

type Column = keyof typeof POD_HEADINGS;

/** podman-pod-ps(1): the last column is a number unless the containers are shown themselves. */
function columnsOf(flags: PodPsFlags): Column[] {
  const { ctrIds, ctrNames, ctrStatus, ns } = flags;
  return [
    ...(['Id', 'Name', 'Status', 'Created', 'InfraID'] as const),
    ...(ctrIds ? (['ContainerIds'] as const) : []),
    ...(ctrNames ? (['ContainerNames'] as const) : []),
    ...(ctrStatus ? (['ContainerStatuses'] as const) : []),
    ...(ns ? (['Cgroup', 'Namespace'] as const) : []),
    ...(ctrIds || ctrNames || ctrStatus ? [] : (['NumberOfContainers'] as const)),
  ];
}

type Compare = (a: PodSummary, b: PodSummary) => number;
const by =
  (key: (pod: PodSummary) => string | number): Compare =>
  (a, b) =>
    key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;

/** podman-pod-ps(1), --sort: the newest first, or by the rest upwards. */
const ORDERS: Readonly<Record<string, Compare>> = {
  created: (a, b) => by(({ createdTime }) => createdTime)(b, a),
  id: by(({ id }) => id),
  name: by(({ name }) => name),
  names: by(({ name }) => name),
  number: by(({ containers }) => containers.length),
  status: by(({ status }) => status),
};

/** `pod ps`: podman-pod-ps(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('--ctr-ids', 'show the IDs of the containers')
    .option('--ctr-names', 'show the names of the containers')
    .option('--ctr-status', 'show the states of the containers')
    .option('-f, --filter <name=value>', 'id=, name=, label=, status=, until=, ctr-names=, ...', collect)
    .option('--format <format>', 'json, or a Go template')
    .option('-l, --latest', 'the pod that was created last')
    .option('--no-trunc', 'show whole IDs')
    .option('--noheading', 'leave out the heading')
    .option('--ns', 'show the cgroup and the shared namespaces')
    .option('-q, --quiet', 'print IDs alone')
    .option('--sort <by>', 'created, id, name, number or status', 'created')
    .action(async () => {
      const flags = command.opts<PodPsFlags>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format cannot be used together');
      const order = ownValue(ORDERS, flags.sort);
      if (order === undefined)
        throw new UsageError('invalid option for --sort, options are: created, id, name, number, or status');
      const filters = parsePodFilters(flags.filter ?? []);
      // A field that does not exist is a mistake also where there is nothing to show.
      if (flags.format !== undefined && flags.format !== 'json')
        formatList(flags.format, [podRow(SAMPLE_POD, true)], POD_HEADINGS);
      await withRuntime(command, async (runtime) => {
        const all = await runtime.pods(...filters);
        const pods = (flags.latest ? all.slice(-1) : all).sort(order);
        const rows = pods.map((pod) => podRow(pod, flags.trunc));
        if (flags.quiet) process.stdout.write(rows.map(({ Id }) => `${Id}\n`).join(''));
        else if (flags.format === 'json')
          process.stdout.write(`${JSON.stringify(pods.map(podJson), null, '  ')}\n`);
        else if (flags.format !== undefined)
          process.stdout.write(formatList(flags.format, rows, POD_HEADINGS));
        else {
          const columns = columnsOf(flags);
          const heading = flags.noheading ? [] : [columns.map((column) => POD_HEADINGS[column])];
          process.stdout.write(
            formatTable([...heading, ...rows.map((row) => columns.map((column) => String(row[column])))]),
          );
        }
      });
    });
}
