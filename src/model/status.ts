import { LibpodError } from '../base/errors.js';

/**
 * The states of a container, with libpod's strings: a stopped one reads `exited`. `stopping` and `removing` mark work that
 * goes on without the lock. `restarting` is one that has ended, whose restart policy lets some time pass before its next
 * run: podman, which waits for nothing, has no word for it.
 */
export const CONTAINER_STATUSES = [
  'unknown',
  'configured',
  'created',
  'running',
  'stopping',
  'exited',
  'paused',
  'restarting',
  'removing',
] as const;
export type ContainerStatus = (typeof CONTAINER_STATUSES)[number];

/** The states in which a process of the container exists. */
const ACTIVE: readonly ContainerStatus[] = ['created', 'running', 'stopping', 'paused'];

/** Whether a container in this state has a process. */
export function isActive(status: ContainerStatus): boolean {
  return ACTIVE.includes(status);
}

/** Whether a container in this state has a process, or gets one by its restart policy, with nobody asking. */
export function isWatched(status: ContainerStatus): boolean {
  return isActive(status) || status === 'restarting';
}

/** What may be done to a container, and in which states. */
const ALLOWED = {
  init: ['configured', 'exited'],
  start: ['configured', 'created', 'exited', 'restarting'],
  kill: ['created', 'running', 'stopping', 'paused', 'restarting'],
  stop: ['created', 'running', 'stopping', 'restarting'],
  pause: ['running'],
  exec: ['running'],
  healthcheck: ['running'],
  unpause: ['paused'],
  connect: ['configured', 'created', 'running', 'paused', 'exited'],
  disconnect: ['configured', 'created', 'running', 'paused', 'exited'],
  reload: ['created', 'running', 'paused'],
  update: ['configured', 'created', 'running', 'paused', 'restarting', 'exited'],
  cleanup: ['configured', 'exited', 'unknown'],
  remove: ['configured', 'exited', 'unknown', 'removing'],
} as const satisfies Record<string, readonly ContainerStatus[]>;
export type Verb = keyof typeof ALLOWED;

/** Whether a verb may be used in a state. */
export function isAllowed(verb: Verb, status: ContainerStatus): boolean {
  return (ALLOWED[verb] as readonly ContainerStatus[]).includes(status);
}

/**
 * Refuses a verb that the state does not allow; the error names both the state and those that would do.
 *
 * @throws LibpodError ERR_INVALID_STATE
 */
export function requireState(verb: Verb, status: ContainerStatus, name: string, containerId: string): void {
  if (isAllowed(verb, status)) return;
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `cannot ${verb} container ${name}: it is ${status}, and must be ${ALLOWED[verb].join(' or ')}`,
    { containerId },
  );
}
