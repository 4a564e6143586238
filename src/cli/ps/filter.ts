import { HEALTH_STATUSES, RESTART_POLICIES, type ContainerSummary } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { byAge, byLabel, byName } from '../filters.js';
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

/** What filters compare with: all containers, and the names of pods by their IDs. */
interface Surroundings {
  readonly containers: readonly ContainerSummary[];
  readonly pods: ReadonlyMap<string, string>;
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
  { containers, pods }: Surroundings,
): (container: ContainerSummary) => boolean {
  switch (name) {
    case 'id':
      return ({ id }) => id.startsWith(value);
    case 'name':
      return byName(value);
    case 'label':
      return byLabel(value);
    case 'label!': {
      const has = byLabel(value);
      return (container) => !has(container);
    }
    case 'pod':
      return ({ pod }) => pod !== '' && (pod.startsWith(value) || pods.get(pod) === value);
    case 'volume':
      return ({ volumes }) => volumes.some(({ name, dest }) => name === value || dest === value);
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
      return ({ rootfsName }) => rootfsName === value;
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
export function parseFilters(
  words: readonly string[],
  containers: readonly ContainerSummary[] = [],
  pods: ReadonlyMap<string, string> = new Map(),
): Filter[] {
  const byName = new Map<string, ((container: ContainerSummary) => boolean)[]>();
  for (const word of words) {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    byName.set(name, [...(byName.get(name) ?? []), oneFilter(name, value, { containers, pods })]);
  }
  return [...byName].map(([name, tests]) => ({
    fits: (container) =>
      name === 'label' || name === 'label!'
        ? tests.every((test) => test(container))
        : tests.some((test) => test(container)),
    aboutStatus: name === 'status' || name === 'exited',
  }));
}
