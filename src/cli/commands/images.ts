import type { ImageSummary } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { humanAgo } from '../output/human-time.js';
import { humanSize } from '../output/human-size.js';
import { formatTable } from '../output/table.js';
import { formatList } from '../output/template.js';
import { withRuntime } from '../runtime.js';

interface ImagesFlags {
  readonly quiet?: boolean;
  readonly trunc: boolean;
  readonly digests?: boolean;
  readonly heading: boolean;
  readonly format?: string;
}

const HEADINGS = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  Created: 'CREATED',
  Size: 'SIZE',
} as const;

type Row = Record<keyof typeof HEADINGS, string>;

/** A row for each name of an image. */
function rowsOf(image: ImageSummary, trunc: boolean): Row[] {
  const { id, digest, names, config, size } = image;
  const rest = {
    Digest: digest,
    ID: trunc ? id.slice(0, 12) : `sha256:${id}`,
    Created: config.created === undefined ? 'N/A' : humanAgo(config.created),
    Size: humanSize(size, 3, ' '),
  };
  if (names.length === 0) return [{ Repository: '<none>', Tag: '<none>', ...rest }];
  return names.map((name) => {
    const [undigested = '', sum] = name.split('@');
    const colon = sum === undefined ? undigested.lastIndexOf(':') : -1;
    return colon < 0
      ? { Repository: undigested, Tag: '<none>', ...rest }
      : { Repository: undigested.slice(0, colon), Tag: undigested.slice(colon + 1), ...rest };
  });
}

/** The fields of podman-images(1), --format json. */
function jsonOf({ id, digest, names, config, size, containers }: ImageSummary): object {
  return {
    Id: id,
    Digest: digest,
    Names: names,
    Size: size,
    Labels: config.config?.Labels ?? null,
    Containers: containers.length,
    Created: config.created === undefined ? 0 : Math.floor(Date.parse(config.created) / 1000),
    CreatedAt: config.created ?? '',
  };
}

/** `images`, `image ls`: podman-images(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [IMAGE]')
    .argument('[image]')
    .option('-q, --quiet', 'print IDs alone')
    .option('--no-trunc', 'show whole IDs')
    .option('--digests', 'show digests')
    .option('-n, --noheading', 'leave out the heading')
    .option('--format <format>', 'json, or a Go template')
    .action(async (wanted: string | undefined) => {
      const flags = command.opts<ImagesFlags & { noheading?: boolean }>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format are mutually exclusive');
      await withRuntime(command, async (runtime) => {
        const all = await runtime.images.list();
        const only = wanted === undefined ? undefined : await runtime.images.find(wanted);
        const images = only === undefined ? all : all.filter(({ digest }) => digest === only.digest);
        const rows = images.flatMap((image) => rowsOf(image, flags.trunc));
        if (flags.quiet) process.stdout.write([...new Set(rows.map(({ ID }) => `${ID}\n`))].join(''));
        else if (flags.format === 'json')
          process.stdout.write(`${JSON.stringify(images.map(jsonOf), null, '    ')}\n`);
        else if (flags.format !== undefined) process.stdout.write(formatList(flags.format, rows, HEADINGS));
        else {
          const columns = (Object.keys(HEADINGS) as (keyof Row)[]).filter(
            (column) => column !== 'Digest' || flags.digests,
          );
          const heading = flags.noheading ? [] : [columns.map((column) => HEADINGS[column])];
          process.stdout.write(
            formatTable([...heading, ...rows.map((row) => columns.map((column) => row[column]))]),
          );
        }
      });
    });
}
