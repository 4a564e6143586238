import { LibpodError } from '../base/errors.js';

/** When a container that has ended is run again: podman-run(1), --restart. */
export const RESTART_POLICIES = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
export type RestartPolicyName = (typeof RESTART_POLICIES)[number];

export interface RestartPolicy {
  readonly name: RestartPolicyName;
  /** Of `on-failure`: how often at most; 0 for ever. */
  readonly retries: number;
}

export const NO_RESTART: RestartPolicy = { name: 'no', retries: 0 };

/** What a u32 of the launch program holds. */
const MAX_RETRIES = 2 ** 32 - 1;

/**
 * Reads a policy as podman writes it: `always`, `on-failure:5`.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [, word = '', count] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const name = RESTART_POLICIES.find((one) => one === (word === '' || word === 'never' ? 'no' : word));
  const retries = count === undefined ? 0 : Number(count);
  const counted =
    count === undefined || (name === 'on-failure' && /^\d+$/.test(count) && retries <= MAX_RETRIES);
  if (typeof text === 'string' && name !== undefined && counted) return { name, retries };
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `${JSON.stringify(text)} is no restart policy: give no, always, unless-stopped, on-failure or on-failure:TIMES`,
  );
}

/**
 * The same for a restart policy, if it asks for another run.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function requireRestartable({ name }: RestartPolicy, container: Restartable): void {
  if (name !== 'no') requireRunAgain(`the restart policy ${name}`, container);
}

/** What of a container may contradict another run. */
interface Restartable {
  readonly autoRemove: boolean;
  readonly logDriver: string;
  /** Whether devices of the network move to it at its start: the monitor knows them by what they were then. */
  readonly movesDevices?: boolean | undefined;
}

/**
 * Refuses what contradicts another run: a container that is removed when it ends (podman-run(1), --rm), and streams that are
 * those of a process that may be gone by then, and devices that may be.
 *
 * @param what asks for another run
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function requireRunAgain(what: string, { autoRemove, logDriver, movesDevices }: Restartable): void {
  const contradiction = autoRemove
    ? 'the removal of the container when it ends'
    : logDriver === 'passthrough'
      ? 'the log driver passthrough, as the process whose streams it takes may have ended'
      : movesDevices === true
        ? 'linux.netDevices, as the devices may have ended with the run before'
        : undefined;
  if (contradiction !== undefined)
    throw new LibpodError('ERR_INVALID_ARGUMENT', `${what} contradicts ${contradiction}; leave one out`);
}
