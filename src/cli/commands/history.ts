import type { ImageHistoryEntry } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { goTime, humanAgo } from '../output/human-time.js';
import { humanSize } from '../output/human-size.js';
import { formatTable } from '../output/table.js';
import { formatList, type TemplateValue } from '../output/template.js';
import { withRuntime } from '../runtime.js';

interface HistoryFlags {
  readonly format?: string;
  readonly human?: boolean;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

const HEADINGS = {
  ID: 'ID',
  Created: 'CREATED',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
} as const;

/** What a template may show besides. */
interface Row extends Record<keyof typeof HEADINGS, string> {
  readonly [field: string]: TemplateValue;
}

/** Characters of a command that a table shows. */
const MOST_WORDS = 45;

function rowOf(entry: ImageHistoryEntry, { trunc, human = true }: HistoryFlags): Row {
  const { id = '<missing>', created, createdBy, size, comment, tags } = entry;
  const long = trunc && createdBy.length > MOST_WORDS;
  return {
    ID: trunc ? id.slice(0, 12) : id,
    Created: created === undefined ? '' : human ? humanAgo(created) : created,
    CreatedBy: long ? `${createdBy.slice(0, MOST_WORDS - 3)}...` : createdBy,
    Size: human ? humanSize(size, 3, ' ') : String(size),
    Comment: comment,
    CreatedAt: goTime(created ?? ''),
    CreatedSince: created === undefined ? '' : humanAgo(created),
    Tags: tags,
  };
}

/** The fields of podman-history(1), --format json. */
function jsonOf({ id, created, createdBy, size, comment, tags }: ImageHistoryEntry): object {
  const seconds = (created ?? '').replace(/\.\d+/, '');
  return {
    ...{ id: id ?? '<missing>', created: created ?? '', CreatedBy: createdBy, size, comment, tags },
    Created: seconds,
  };
}

/** `history`: podman-history(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE')
    .argument('<image>')
    .option('--format <format>', 'json, or a Go template')
    .option('-H, --human', 'sizes and times for people (default true)')
    .option('--no-trunc', 'show all of it')
    .option('-q, --quiet', 'print IDs alone')
    .action(async (image: string) => {
      const flags = command.opts<HistoryFlags>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format are mutually exclusive');
      await withRuntime(command, async ({ images }) => {
        const entries = await images.history(image);
        const rows = entries.map((entry) => rowOf(entry, flags));
        if (flags.quiet) process.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
        else if (flags.format === 'json')
          process.stdout.write(`${JSON.stringify(entries.map(jsonOf), null, '    ')}\n`);
        else if (flags.format !== undefined) process.stdout.write(formatList(flags.format, rows, HEADINGS));
        else
          process.stdout.write(
            formatTable([
              Object.values(HEADINGS),
              ...rows.map((row) =>
                Object.keys(HEADINGS).map((column) => row[column as keyof typeof HEADINGS]),
              ),
            ]),
          );
      });
    });
}
