import {
  HEALTH_STATUSES,
  LibpodError,
  RESTART_POLICIES,
  type ContainerSummary,
  type Runtime,
} from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { byAge, byId, byLabel, byName, byOtherLabel } from '../filters.js';
import { statusesOfWord } from '../status.js';

/** What --filter asks for under one name; several values of one name are alternatives. */
export interface Filter {
  readonly fits: (container: ContainerSummary) => boolean;
  readonly aboutStatus: boolean;
}

/** Whether ps shows a container without --all. */
export function isListed({ state }: ContainerSummary): boolean {
  return state === 'running' || state === 'stopping' || state === 'paused' || state === 'restarting';
}

/** What filters compare with. */
export interface Surroundings {
  /** All containers. */
  readonly containers: readonly ContainerSummary[];
  /** The names of pods by their IDs. */
  readonly pods: ReadonlyMap<string, string>;
  /** By the words of `ancestor`: the IDs of the image that each means, and of those that were made of it. */
  readonly descendants: ReadonlyMap<string, ReadonlySet<string>>;
}

const NOTHING: Surroundings = { containers: [], pods: new Map(), descendants: new Map() };

/** The image that a word means, and those whose layers begin with its own; none if there is no such image. */
async function descendantsOf(runtime: Runtime, word: string): Promise<ReadonlySet<string>> {
  try {
    const { id, chain } = await runtime.images.find(word);
    const images = await runtime.images.list();
    const made = images.filter((image) => chain.every((layer, at) => image.chain[at] === layer));
    return new Set([id, ...(chain.length > 0 ? made.map((image) => image.id) : [])]);
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    return new Set();
  }
}

/** Looks at what filters are about. */
export async function lookAround(runtime: Runtime, words: readonly string[]): Promise<Surroundings> {
  const descendants = new Map<string, ReadonlySet<string>>();
  for (const word of words) {
    const [name, value = ''] = splitOnce(word, '=');
    if (name === 'ancestor') descendants.set(value, await descendantsOf(runtime, value));
  }
  const pods = new Map((await runtime.pods()).map(({ id, name }) => [id, name]));
  return { containers: await runtime.containers(), pods, descendants };
}

/** `volume=SOURCE[:DESTINATION]`, or a destination. */
function byVolume(value: string): Filter['fits'] {
  const [source, destination] = splitOnce(value, ':');
  return ({ mounts }) =>
    mounts.some((one) =>
      destination === undefined
        ? one.source === source || one.destination === source
        : one.source === source && one.destination === destination,
    );
}

/** The container that `before` and `since` name. */
function namedContainer(containers: readonly ContainerSummary[], value: string): ContainerSummary {
  const found = containers.find(({ id, name }) => name === value || id.startsWith(value));
  if (found === undefined)
    throw new UsageError(`no container with name or ID ${JSON.stringify(value)}: no such container`);
  return found;
}

function oneFilter(
  name: string,
  value: string,
  { containers, pods, descendants }: Surroundings,
): (container: ContainerSummary) => boolean {
  switch (name) {
    case 'id':
      return byId(value);
    case 'name':
      return byName(value);
    case 'label':
      return byLabel(value);
    case 'label!':
      return byOtherLabel(value);
    case 'pod':
      return ({ pod }) => pod !== '' && (pod.startsWith(value) || pods.get(pod) === value);
    case 'volume':
      return byVolume(value);
    case 'network':
      return ({ networks }) => networks.includes(value);
    case 'before': {
      const { createdTime } = namedContainer(containers, value);
      return (container) => container.createdTime < createdTime;
    }
    case 'since': {
      const { createdTime } = namedContainer(containers, value);
      return (container) => container.createdTime > createdTime;
    }
    case 'until':
      return byAge(value);
    case 'ancestor':
      return ({ rootfsName, imageId }) =>
        rootfsName === value || (imageId !== '' && descendants.get(value)?.has(imageId) === true);
    case 'status': {
      const states = statusesOfWord(value);
      if (states.length === 0) throw new UsageError(`unknown container state: ${value}: invalid argument`);
      return ({ state }) => states.includes(state);
    }
    case 'health': {
      const word = value === 'none' ? '' : HEALTH_STATUSES.find((status) => status === value);
      if (word === undefined)
        throw new UsageError(`health=${value}: give one of ${HEALTH_STATUSES.join(', ')} and none`);
      return ({ health }) => health === word;
    }
    case 'exited': {
      if (!/^-?\d+$/.test(value)) throw new UsageError(`exited=${value} is no exit code`);
      return ({ state, exitCode }) => state === 'exited' && exitCode === Number(value);
    }
    case 'restart-policy': {
      if (!(RESTART_POLICIES as readonly string[]).includes(value))
        throw new UsageError(`restart-policy=${value}: give one of ${RESTART_POLICIES.join(', ')}`);
      return ({ restartPolicy }) => restartPolicy === value;
    }
    case 'should-start-on-boot': {
      if (value !== 'true' && value !== 'false')
        throw new UsageError(`should-start-on-boot=${value}: give true or false`);
      return ({ restartPolicy, stoppedByUser }) =>
        (value === 'true') ===
        (restartPolicy === 'always' || (restartPolicy === 'unless-stopped' && !stoppedByUser));
    }
    default:
      throw new UsageError(`${name} is an invalid filter`);
  }
}

/**
 * The filters of `ps`: podman-ps(1), --filter. Those of one name are alternatives, but all labels must be there.
 *
 * @throws UsageError for a name or a state that is not known
 */
export function parseFilters(words: readonly string[], around: Surroundings = NOTHING): Filter[] {
  const byName = new Map<string, ((container: ContainerSummary) => boolean)[]>();
  for (const word of words) {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    byName.set(name, [...(byName.get(name) ?? []), oneFilter(name, value, around)]);
  }
  return [...byName].map(([name, tests]) => ({
    fits: (container) =>
      name === 'label' || name === 'label!'
        ? tests.every((test) => test(container))
        : tests.some((test) => test(container)),
    aboutStatus: name === 'status' || name === 'exited',
  }));
}
