import { ownValue } from '../../base/own-value.js';
import { LibpodError } from '../../base/errors.js';
import type { ImageSummary } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { collect } from '../flags/values.js';
import { byReference, LIST_FILTERS, parseImageFilters } from '../image-filter.js';
import { goTime, humanAgo } from '../output/human-time.js';
import { humanSize } from '../output/human-size.js';
import { formatTable } from '../output/table.js';
import { formatList, type TemplateValue } from '../output/template.js';
import { withRuntime } from '../runtime.js';

interface ImagesFlags {
  readonly quiet?: boolean;
  readonly trunc: boolean;
  readonly digests?: boolean;
  readonly history?: boolean;
  readonly heading: boolean;
  readonly format?: string;
  readonly filter?: readonly string[];
  readonly sort: string;
}

/** The orders of podman-images(1), --sort. */
const ORDERS: Readonly<Record<string, (a: ImageSummary, b: ImageSummary) => number>> = {
  // As the list comes: the newest first.
  created: () => 0,
  id: (a, b) => a.id.localeCompare(b.id),
  repository: (a, b) => (a.names[0] ?? '').localeCompare(b.names[0] ?? ''),
  tag: (a, b) => tagOf(a).localeCompare(tagOf(b)),
  size: (a, b) => b.size - a.size,
};

function tagOf({ names: [name = ''] }: ImageSummary): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

const HEADINGS = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  Created: 'CREATED',
  Size: 'SIZE',
  History: 'HISTORY',
} as const;

/** What a template may show besides. */
interface Row extends Record<keyof typeof HEADINGS, string> {
  readonly [field: string]: TemplateValue;
}

/** A row for each name of an image. */
function rowsOf(image: ImageSummary, trunc: boolean): Row[] {
  const { id, digest, names, config, size } = image;
  const ago = config.created === undefined ? 'N/A' : humanAgo(config.created);
  const rest = {
    ...jsonOf(image),
    Digest: digest,
    ID: trunc ? id.slice(0, 12) : `sha256:${id}`,
    Created: ago,
    CreatedSince: ago,
    CreatedAt: goTime(config.created ?? ''),
    CreatedTime: goTime(config.created ?? ''),
    Size: humanSize(size, 3, ' '),
    History: names.join(', '),
    ReadOnly: false,
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

/** The fields of podman-images(1), --format json. No image has a parent, shares bytes by which it is smaller, or had other names. */
function jsonOf({ id, digest, names, repoTags, repoDigests, config, size, containers }: ImageSummary) {
  return {
    Id: id,
    ParentId: '',
    RepoTags: repoTags,
    RepoDigests: repoDigests,
    Digest: digest,
    Names: names,
    Size: size,
    SharedSize: 0,
    VirtualSize: size,
    Labels: config.config?.Labels ?? null,
    Containers: containers.length,
    Dangling: names.length === 0,
    History: names,
    Created: config.created === undefined ? 0 : Math.floor(Date.parse(config.created) / 1000),
    CreatedAt: config.created ?? '',
  };
}

/** `images`, `image ls`: podman-images(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [IMAGE]')
    .argument('[image]')
    .option('-a, --all', 'show all images, which is the default: none is kept for a step of a build')
    .option(
      '-f, --filter <name=value>',
      'dangling=, label=, reference=, before=, since=, until=, id=, containers=',
      collect,
    )
    .option('--sort <order>', 'created, id, repository, size or tag', 'created')
    .option('-q, --quiet', 'print IDs alone')
    .option('--no-trunc', 'show whole IDs')
    .option('--digests', 'show digests')
    .option('--history', 'show all names of an image on each of its lines')
    .option('-n, --noheading', 'leave out the heading')
    .option('--format <format>', 'json, or a Go template')
    .action(async (wanted: string | undefined) => {
      const flags = command.opts<ImagesFlags & { noheading?: boolean }>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format are mutually exclusive');
      if (wanted !== undefined && flags.filter !== undefined)
        throw new UsageError('cannot specify an image and a filter(s)');
      const order = ownValue(ORDERS, flags.sort);
      if (order === undefined)
        throw new UsageError(`--sort ${flags.sort} is not known: give ${Object.keys(ORDERS).join(', ')}`);
      await withRuntime(command, async (runtime) => {
        const find = (name: string): Promise<ImageSummary> => runtime.images.find(name);
        const filters =
          wanted === undefined
            ? await parseImageFilters(flags.filter ?? [], LIST_FILTERS, find)
            : [byReference(wanted)];
        let images = (await runtime.images.list(...filters)).sort(order);
        // It may be an ID too, as with podman.
        if (images.length === 0 && wanted !== undefined && (await runtime.images.exists(wanted)))
          images = [await find(wanted)];
        const rows = images.flatMap((image) => rowsOf(image, flags.trunc));
        if (flags.quiet) process.stdout.write([...new Set(rows.map(({ ID }) => `${ID}\n`))].join(''));
        else if (flags.format === 'json')
          process.stdout.write(`${JSON.stringify(images.map(jsonOf), null, '    ')}\n`);
        else if (flags.format !== undefined) process.stdout.write(formatList(flags.format, rows, HEADINGS));
        else {
          const columns = (Object.keys(HEADINGS) as (keyof typeof HEADINGS)[]).filter(
            (column) => (column !== 'Digest' || flags.digests) && (column !== 'History' || flags.history),
          );
          const heading = flags.noheading ? [] : [columns.map((column) => HEADINGS[column])];
          process.stdout.write(
            formatTable([...heading, ...rows.map((row) => columns.map((column) => row[column]))]),
          );
        }
        const failures = new Failures();
        for (const { digest, names, problem } of await runtime.images.unreadable())
          failures.add(
            new LibpodError(problem.code, `image ${names[0] ?? digest}: ${problem.message}`, {
              cause: problem,
            }),
          );
        failures.raise();
      });
    });
}
