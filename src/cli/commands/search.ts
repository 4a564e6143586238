import type { SearchOptions, SearchResult } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { flagOf, parseFilterWords } from '../filters.js';
import { parseRegistryFlags, type RegistryFlags } from '../flags/registry.js';
import { collect } from '../flags/values.js';
import { printable } from '../output/printable.js';
import { formatTable } from '../output/table.js';
import { formatList } from '../output/template.js';
import { withRuntime } from '../runtime.js';

interface SearchFlags extends RegistryFlags {
  readonly compatible?: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly limit?: string;
  readonly listTags?: boolean;
  readonly trunc: boolean;
}

const HEADINGS = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  Stars: 'STARS',
  Official: 'OFFICIAL',
  Automated: 'AUTOMATED',
} as const;
const TAG_HEADINGS = { Name: 'NAME', Tag: 'TAG' } as const;

/** Characters of a description that a table shows. */
const MOST_WORDS = 44;

/** The fields of podman-search(1), --format. */
function rowOf({ registry, name, description, stars, official, automated }: SearchResult, trunc: boolean) {
  const words = printable(description).replaceAll('\n', ' ');
  return {
    Index: registry,
    Name: name,
    Description: trunc && words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}...` : words,
    Stars: stars,
    Official: official ? '[OK]' : '',
    Automated: automated ? '[OK]' : '',
    Tag: '',
  };
}

/** The filters of podman-search(1): `stars=`, `is-official=`, `is-automated=`. @throws UsageError for others */
function parseFilters(words: readonly string[]): ((one: SearchResult) => boolean)[] {
  return parseFilterWords(words).map(([name, value]) => {
    switch (name) {
      case 'stars': {
        const least = Number(value);
        if (!/^\d+$/.test(value))
          throw new UsageError(
            `incorrect value type for stars filter: ${JSON.stringify(value)} is no number`,
          );
        return ({ stars }) => stars >= least;
      }
      case 'is-official':
      case 'is-automated': {
        const wanted = flagOf(name, value);
        return ({ official, automated }) => (name === 'is-official' ? official : automated) === wanted;
      }
      default:
        throw new UsageError(
          `invalid filter type ${JSON.stringify(name)}: give stars, is-official or is-automated`,
        );
    }
  });
}

function write(
  format: string | undefined,
  rows: ReturnType<typeof rowOf>[],
  headings: Partial<typeof HEADINGS> | typeof TAG_HEADINGS,
): void {
  const fields = Object.keys(headings) as (keyof (typeof rows)[number])[];
  if (format !== undefined) process.stdout.write(formatList(format, rows, { ...HEADINGS, ...TAG_HEADINGS }));
  else if (rows.length > 0)
    process.stdout.write(
      formatTable([Object.values(headings), ...rows.map((row) => fields.map((field) => String(row[field])))]),
    );
}

/** `search`: podman-search(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] TERM')
    .argument('<term>')
    .option('--authfile <file>', 'the file with the credentials')
    .option('--cert-dir <dir>', 'a directory with certificates for the registry')
    .option('--creds <user:password>', 'credentials for the registry')
    .option('--compatible', 'show stars, and what is official and automated, too')
    .option('-f, --filter <name=value>', 'stars=, is-official= or is-automated=', collect)
    .option('--format <format>', 'json, or a Go template')
    .option('--limit <number>', 'how many of each registry (default 25)')
    .option('--list-tags', 'show the tags of a repository')
    .option('--no-trunc', 'show whole descriptions')
    .option('--tls-verify', 'require TLS with a certificate that is trusted (default true)')
    .action(async (term: string) => {
      const flags = command.opts<SearchFlags>();
      const { compatible, filter = [], format, listTags, limit, trunc } = flags;
      if (listTags && filter.length > 0)
        throw new UsageError('filters are not applicable to list tags result');
      const filters = parseFilters(filter);
      const { platform: _none, ...registry } = parseRegistryFlags(flags);
      const options: SearchOptions = { ...registry, ...(limit !== undefined && { limit: Number(limit) }) };
      await withRuntime(command, async ({ images }) => {
        if (listTags) {
          const { name, tags } = await images.tags(term, options);
          if (format === 'json')
            process.stdout.write(`${JSON.stringify([{ Name: name, Tags: tags }], null, '    ')}\n`);
          else {
            const empty = { Index: '', Description: '', Stars: 0, Official: '', Automated: '' };
            write(
              format,
              tags.map((Tag) => ({ ...empty, Name: name, Tag })),
              TAG_HEADINGS,
            );
          }
          return;
        }
        const found = await images.search(term, options);
        const rows = found
          .filter((one) => filters.every((test) => test(one)))
          .map((one) => rowOf(one, trunc));
        if (format === 'json') process.stdout.write(`${JSON.stringify(rows, null, '    ')}\n`);
        else {
          const { Name, Description } = HEADINGS;
          write(format, rows, compatible ? HEADINGS : { Name, Description });
        }
      });
    });
}
