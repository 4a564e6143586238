import type { DiskUsage } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { humanSize } from '../../output/human-size.js';
import { humanAgo } from '../../output/human-time.js';
import { formatTable } from '../../output/table.js';
import { formatList } from '../../output/template.js';
import { withRuntime } from '../../runtime.js';
import { statusWord } from '../../status.js';

const HEADINGS = {
  Type: 'TYPE',
  Total: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
} as const;
const ID_WIDTH = 12;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function summary(Type: string, Total: number, Active: number, RawSize: number, RawReclaimable: number) {
  const percent = RawSize > 0 ? Math.round((RawReclaimable / RawSize) * 100) : 0;
  return {
    ...{ Type, Total, Active, RawSize, RawReclaimable, TotalCount: Total },
    Size: humanSize(RawSize),
    Reclaimable: `${humanSize(RawReclaimable)} (${percent}%)`,
  };
}

function summaries({ images, imagesSize, containers, volumes }: DiskUsage) {
  const used = images.filter((image) => image.containers.length > 0);
  const active = containers.filter(({ state }) => state === 'running' || state === 'stopping');
  const idle = containers.filter((one) => !active.includes(one));
  const unused = volumes.filter((volume) => volume.containers.length === 0);
  const written = sum(containers.map(({ rwSize }) => rwSize));
  return [
    summary(
      'Images',
      images.length,
      used.length,
      imagesSize,
      imagesSize - sum(used.map(({ uniqueSize }) => uniqueSize)),
    ),
    summary('Containers', containers.length, active.length, written, sum(idle.map(({ rwSize }) => rwSize))),
    summary(
      'Local Volumes',
      volumes.length,
      volumes.length - unused.length,
      sum(volumes.map(({ size }) => size)),
      sum(unused.map(({ size }) => size)),
    ),
  ];
}

/** The three tables of --verbose. */
function details({ images, containers, volumes }: DiskUsage): string {
  const imageRows = images.map(
    ({ id, repoTags, config, size, sharedSize, uniqueSize, containers: users }) => {
      const [name = ''] = repoTags;
      const colon = name.lastIndexOf(':');
      return [
        ...(name === '' ? ['<none>', '<none>'] : [name.slice(0, colon), name.slice(colon + 1)]),
        id.slice(0, ID_WIDTH),
        config.created === undefined ? 'N/A' : humanAgo(config.created),
        ...[size, sharedSize, uniqueSize].map((bytes) => humanSize(bytes)),
        String(users.length),
      ];
    },
  );
  const containerRows = containers.map((one) => [
    one.id.slice(0, ID_WIDTH),
    one.rootfsName,
    one.command.join(' '),
    String(one.volumes.length),
    humanSize(one.rwSize),
    humanAgo(one.createdTime),
    statusWord(one.state),
    one.name,
  ]);
  const volumeRows = volumes.map(({ name, containers: users, size }) => [
    name,
    String(users.length),
    humanSize(size),
  ]);
  return [
    'Images space usage:\n',
    formatTable([
      ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'],
      ...imageRows,
    ]),
    'Containers space usage:\n',
    formatTable([
      ['CONTAINER ID', 'IMAGE', 'COMMAND', 'LOCAL VOLUMES', 'SIZE', 'CREATED', 'STATUS', 'NAMES'],
      ...containerRows,
    ]),
    'Local Volumes space usage:\n',
    formatTable([['VOLUME NAME', 'LINKS', 'SIZE'], ...volumeRows]),
  ].join('\n');
}

/** `system df`: podman-system-df(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-v, --verbose', 'each image, container and volume')
    .option('--format <format>', 'json, or a Go template')
    .action(async () => {
      const { verbose, format } = command.opts<{ verbose?: boolean; format?: string }>();
      if (verbose && format !== undefined)
        throw new UsageError('cannot combine --format and --verbose flags');
      const usage = await withRuntime(command, (runtime) => runtime.diskUsage());
      const rows = summaries(usage);
      if (verbose) process.stdout.write(details(usage));
      else if (format === 'json') process.stdout.write(`${JSON.stringify(rows, null, '    ')}\n`);
      else if (format !== undefined) process.stdout.write(formatList(format, rows, HEADINGS));
      else
        process.stdout.write(
          formatTable([
            Object.values(HEADINGS),
            ...rows.map((row) => [
              row.Type,
              String(row.Total),
              String(row.Active),
              row.Size,
              row.Reclaimable,
            ]),
          ]),
        );
    });
}
