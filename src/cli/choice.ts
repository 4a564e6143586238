import { readFileSync } from 'node:fs';
import type { ContainerStatus, Runtime } from '../index.js';
import type { PodmanCommand } from './command.js';
import { UsageError } from './errors.js';
import { collect } from './flags/values.js';
import { lookAround, parseFilters } from './ps/filter.js';
import { allWithStatus } from './select.js';

/** The flags by which most commands of containers choose them, in place of names. */
export interface ContainerChoice {
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly filter?: readonly string[];
  readonly cidfile?: readonly string[];
}

/**
 * Gives a command those flags.
 *
 * @param about what --all does
 */
export function addChoice(
  command: PodmanCommand,
  about: string,
  more: { readonly filter?: boolean; readonly cidFile?: boolean } = {},
): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', about)
    .option('-l, --latest', 'act on the container that was created last');
  if (more.filter) command.option('-f, --filter <name=value>', 'those that fit, as in ps', collect);
  if (more.cidFile) command.option('--cidfile <file>', 'read the ID of the container from a file', collect);
}

/**
 * Checks that containers are chosen in one way, and that they are.
 *
 * @throws UsageError with podman's sentences
 */
export function requireChoice(
  names: readonly string[],
  { all, latest, filter, cidfile = [] }: ContainerChoice,
): void {
  const ways = [
    ...(all ? ['--all'] : []),
    ...(latest ? ['--latest'] : []),
    ...(filter ? ['--filter'] : []),
    ...(cidfile.length > 0 ? ['--cidfile'] : []),
  ];
  // All that fit, and one by its name and another by a file, are no contradictions.
  const alone = ways.filter((way) => way !== '--filter' || all !== true);
  if (alone.length > 1) throw new UsageError(`${alone[0]} and ${alone[1]} cannot be used together`);
  const [way] = ways;
  if (names.length > 0 && way !== undefined && way !== '--cidfile')
    throw new UsageError(`no arguments are needed with ${way}`);
  if (names.length === 0 && way === undefined)
    throw new UsageError('you must provide at least one name or id');
}

/** The ID in a file that --cidfile of `create` and `run` wrote. */
function readContainerId(file: string): string {
  try {
    return (readFileSync(file, 'utf8').split('\n')[0] ?? '').trim();
  } catch (error) {
    throw new UsageError(`cannot read container id file ${file}: ${(error as Error).message}`);
  }
}

/**
 * The containers that a command is about, as they were written.
 *
 * @param statuses of --all and --filter those in one of these states; in any unless given
 */
export async function chosenContainers(
  runtime: Runtime,
  names: readonly string[],
  { all, latest, filter, cidfile = [] }: ContainerChoice,
  statuses?: readonly ContainerStatus[],
): Promise<readonly string[]> {
  if (latest) return [(await runtime.latestContainer()).id];
  if (filter !== undefined) {
    const filters = parseFilters(filter, await lookAround(runtime, filter));
    const found = await runtime.containers(...filters.map(({ fits }) => fits));
    return found
      .filter(({ state }) => statuses === undefined || statuses.includes(state))
      .map(({ id }) => id);
  }
  return all ? allWithStatus(runtime, statuses) : [...names, ...cidfile.map(readContainerId)];
}
