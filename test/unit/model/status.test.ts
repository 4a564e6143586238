import { describe, expect, it } from 'vitest';
import { CONFIGURED, nextState } from '../../../src/model/state.js';
import {
  CONTAINER_STATUSES,
  isActive,
  isAllowed,
  isWatched,
  requireState,
  type ContainerStatus,
  type Verb,
} from '../../../src/model/status.js';

/** Which verb is legal in which state: the whole table, as libpod has it. */
const LEGAL: Readonly<Record<Verb, readonly ContainerStatus[]>> = {
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
  remove: ['unknown', 'configured', 'exited', 'removing'],
};

describe('a state', () => {
  it('has one of the words of libpod', () => {
    // Those of libpod's first releases in their order, a stopped one being `exited`; then those of later ones, and our own.
    const theirs = ['unknown', 'configured', 'created', 'running', 'exited', 'paused'];
    expect(CONTAINER_STATUSES.filter((one) => theirs.includes(one))).toEqual(theirs);
    expect(CONTAINER_STATUSES.filter((one) => !theirs.includes(one))).toEqual([
      'stopping',
      'restarting',
      'removing',
    ]);
  });

  for (const verb of Object.keys(LEGAL) as Verb[]) {
    it(`allows or refuses ${verb}, and the refusal says what would do`, () => {
      for (const status of CONTAINER_STATUSES) {
        expect(isAllowed(verb, status)).toBe(LEGAL[verb].includes(status));
        const check = (): void => requireState(verb, status, 'web', 'f'.repeat(64));
        if (LEGAL[verb].includes(status)) expect(check).not.toThrow();
        else {
          expect(check).toThrow(
            expect.objectContaining({
              code: 'ERR_INVALID_STATE',
              containerId: 'f'.repeat(64),
              message: expect.stringMatching(
                `^cannot ${verb} container web: it is ${status}, and must be .*${LEGAL[verb][0] ?? ''}`,
              ) as string,
            }),
          );
        }
      }
    });
  }

  it('has processes in four cases', () => {
    expect(CONTAINER_STATUSES.filter(isActive)).toEqual(['created', 'running', 'stopping', 'paused']);
  });

  it('is watched by a monitor in one more', () => {
    expect(CONTAINER_STATUSES.filter((one) => isWatched(one) && !isActive(one))).toEqual(['restarting']);
  });

  it('grows by one generation with every change', () => {
    const running = nextState(CONFIGURED, { state: 'running', pid: 7 });
    expect(running).toEqual({ ...CONFIGURED, state: 'running', pid: 7, generation: 1 });
    expect(nextState(running, { state: 'exited' }).generation).toBe(2);
    expect(CONFIGURED.generation).toBe(0);
  });
});
