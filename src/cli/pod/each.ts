import { readFileSync } from 'node:fs';
import { LibpodError } from '../../base/errors.js';
import type { Pod, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { exitCodeOf, UsageError } from '../errors.js';
import { collect } from '../flags/values.js';

/** The flags by which most commands of pods choose them. */
export interface PodChoice {
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly ignore?: boolean;
  readonly podIdFile?: readonly string[];
}

/** Gives a command those flags. @param about what --all does */
export function addPodChoice(
  command: PodmanCommand,
  about: string,
  more: { ignore?: boolean; idFile?: boolean } = {},
): void {
  command
    .usage('[options] POD [POD...]')
    .argument('[pods...]')
    .option('-a, --all', about)
    .option('-l, --latest', 'act on the pod that was created last');
  if (more.ignore) command.option('-i, --ignore', 'pass over pods that are not there');
  if (more.idFile) command.option('--pod-id-file <file>', 'read the ID of the pod from a file', collect);
}

/** The ID in a file that --pod-id-file of `pod create` wrote. */
export function readPodId(file: string): string {
  try {
    return (readFileSync(file, 'utf8').split('\n')[0] ?? '').trim();
  } catch (error) {
    throw new UsageError(`cannot read pod id file ${file}: ${(error as Error).message}`);
  }
}

/**
 * The pods that a command is about, as they were written.
 *
 * @throws UsageError with podman's sentences
 */
export async function chosenPods(
  runtime: Runtime,
  names: readonly string[],
  { all, latest, podIdFile = [] }: PodChoice,
): Promise<string[]> {
  const pods = all || latest ? (await runtime.pods()).map(({ id }) => id) : [];
  if (!latest) return all ? pods : [...names, ...podIdFile.map(readPodId)];
  const last = pods.at(-1);
  if (last === undefined) throw new LibpodError('ERR_NO_SUCH_POD', 'there is no pod: no such pod');
  return [last];
}

/** @throws UsageError with podman's sentences */
export function requirePods(names: readonly string[], { all, latest, podIdFile = [] }: PodChoice): void {
  const named = names.length > 0 || podIdFile.length > 0;
  if (all && latest) throw new UsageError('--all and --latest cannot be used together');
  if (all && named) throw new UsageError('no arguments are needed with --all');
  if (latest && named) throw new UsageError('no arguments are needed with --latest');
  if (!all && !latest && !named) throw new UsageError('you must provide at least one name or id');
}

/** Does the same to several pods, all at once, and prints their IDs. A failure does not keep the others from their turn. */
export async function forEachPod(
  runtime: Runtime,
  names: readonly string[],
  choice: PodChoice,
  work: (pod: Pod) => Promise<void>,
  codeOf: (error: unknown) => number = exitCodeOf,
): Promise<void> {
  const failures = new Failures(codeOf);
  const done = (await chosenPods(runtime, names, choice)).map(async (written) => {
    if (choice.ignore && !runtime.hasPod(written)) return undefined;
    const pod = runtime.lookupPod(written);
    await work(pod);
    return pod.id;
  });
  for (const one of await Promise.allSettled(done)) {
    if (one.status === 'rejected') failures.add(one.reason);
    else if (one.value !== undefined) process.stdout.write(`${one.value}\n`);
  }
  failures.raise();
}
