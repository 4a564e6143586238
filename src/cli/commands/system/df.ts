import type { DiskUsage } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { humanSize } from '../../output/human-size.js';
import { humanDuration } from '../../output/human-time.js';
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

/** The fields of each image, container and volume: SystemDfReport of podman. */
function reports({ images, imagesSize, containers, volumes }: DiskUsage) {
  return {
    ImagesSize: imagesSize,
    Images: images.map(
      ({ id, repoTags: [name = ''], config, size, sharedSize, uniqueSize, containers: users }) => {
        const colon = name.lastIndexOf(':');
        return {
          Repository: name === '' ? '<none>' : name.slice(0, colon),
          Tag: name === '' ? '<none>' : name.slice(colon + 1),
          ImageID: id,
          Created: config.created ?? '',
          Size: size,
          SharedSize: sharedSize,
          UniqueSize: uniqueSize,
          Containers: users.length,
        };
      },
    ),
    Containers: containers.map((one) => ({
      ContainerID: one.id,
      Image: one.rootfsName,
      Command: one.command,
      LocalVolumes: one.volumes.length,
      RWSize: one.rwSize,
      Created: one.createdTime,
      Status: statusWord(one.state),
      Names: one.name,
    })),
    Volumes: volumes.map(({ name, containers: users, size }) => ({
      VolumeName: name,
      Links: users.length,
      Size: size,
      ReclaimableSize: users.length === 0 ? size : 0,
    })),
  };
}

function humanSince(iso: string): string {
  return iso === '' ? 'N/A' : humanDuration(Date.now() - Date.parse(iso));
}

/** The three tables of --verbose. */
function details({ Images, Containers, Volumes }: ReturnType<typeof reports>): string {
  const imageRows = Images.map((one) => [
    ...[one.Repository, one.Tag, one.ImageID.slice(0, ID_WIDTH), humanSince(one.Created)],
    ...[one.Size, one.SharedSize, one.UniqueSize].map((bytes) => humanSize(bytes)),
    String(one.Containers),
  ]);
  const containerRows = Containers.map((one) => [
    ...[one.ContainerID.slice(0, ID_WIDTH), one.Image, one.Command.join(' '), String(one.LocalVolumes)],
    ...[humanSize(one.RWSize), humanSince(one.Created), one.Status, one.Names],
  ]);
  const volumeRows = Volumes.map((one) => [one.VolumeName, String(one.Links), humanSize(one.Size)]);
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
      if (verbose && format !== undefined && format !== 'json')
        throw new UsageError(
          'cannot combine --format and --verbose flags: with --verbose there is json alone',
        );
      const usage = await withRuntime(command, (runtime) => runtime.diskUsage());
      const rows = summaries(usage);
      const json = (value: object): string => `${JSON.stringify(value, null, '    ')}\n`;
      if (verbose) process.stdout.write(format === 'json' ? json(reports(usage)) : details(reports(usage)));
      else if (format === 'json') process.stdout.write(json(rows));
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
