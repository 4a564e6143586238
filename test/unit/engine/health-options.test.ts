import { describe, expect, it } from 'vitest';
import { healthcheckConfig, type HealthcheckOptions } from '../../../src/engine/options/health.js';
import { checkWords } from '../../../src/model/healthcheck.js';

const IMAGE = { Test: ['CMD', 'check'], Interval: 5e9, Timeout: 0, StartPeriod: 1e9, Retries: 7 };

describe('the healthcheck of a new container', () => {
  it('has the defaults of podman, in milliseconds', () => {
    expect(healthcheckConfig({ test: 'true' }, undefined)).toEqual({
      test: ['CMD-SHELL', 'true'],
      interval: 30_000,
      timeout: 30_000,
      retries: 3,
      startPeriod: 0,
      onFailure: 'none',
    });
    expect(healthcheckConfig({ test: 'true', startup: { test: ['a', 'b'] } }, undefined)?.startup).toEqual({
      test: ['CMD', 'a', 'b'],
      interval: 30_000,
      timeout: 30_000,
      retries: 0,
      successes: 1,
    });
  });

  it('is that of the image as far as nothing else is given', () => {
    expect(healthcheckConfig(undefined, undefined)).toBeUndefined();
    expect(healthcheckConfig(undefined, IMAGE)).toEqual({
      test: ['CMD', 'check'],
      interval: 5000,
      timeout: 30_000,
      retries: 7,
      startPeriod: 1000,
      onFailure: 'none',
    });
    expect(healthcheckConfig({ interval: 1, test: undefined }, IMAGE)).toMatchObject({
      test: ['CMD', 'check'],
      interval: 1000,
      retries: 7,
    });
    expect(healthcheckConfig({ test: 'mine' }, IMAGE)?.test).toEqual(['CMD-SHELL', 'mine']);
  });

  it('is none where it is said so', () => {
    expect(healthcheckConfig(false, IMAGE)).toBeUndefined();
    expect(healthcheckConfig({ test: ['NONE'] }, IMAGE)).toBeUndefined();
    expect(healthcheckConfig(undefined, { Test: ['NONE'] })).toBeUndefined();
    expect(healthcheckConfig(undefined, { Test: [] })).toBeUndefined();
  });

  it('is a command, or a line for the shell', () => {
    expect(checkWords(['CMD', 'a', 'b c'])).toEqual(['a', 'b c']);
    expect(checkWords(['CMD-SHELL', 'a', '| b'])).toEqual(['/bin/sh', '-c', 'a | b']);
  });

  it('is never asked more often than a millisecond apart', () => {
    expect(healthcheckConfig({ test: 'true', interval: 1e-9 }, undefined)?.interval).toBe(1);
  });

  it.each<[HealthcheckOptions, RegExp]>([
    [{}, /needs a command/],
    [{ test: '' }, /has no command/],
    [{ test: [] }, /has no command/],
    [{ test: ['CMD'] }, /has no command/],
    [{ test: ['a', 'b\0'] }, /has no command/],
    [{ test: 'true', retries: 0 }, /retries of the healthcheck are 0/],
    [{ test: 'true', retries: 1.5 }, /must be a whole number/],
    [{ test: 'true', interval: -1 }, /the interval of the healthcheck is -1/],
    [{ test: 'true', timeout: 0 }, /the timeout of the healthcheck is 0/],
    [{ test: 'true', startup: {} }, /a startup healthcheck needs a command/],
    [{ test: 'true', startup: { test: 'true', interval: 0 } }, /startup healthcheck is 0/],
    [
      { test: 'true', onFailure: 'pray' as 'none' },
      /healthcheck\.onFailure is "pray", but must be "none" or/,
    ],
    [{ test: 'true', intervall: 5 } as HealthcheckOptions, /did you mean interval/],
    [{ test: 5 as unknown as string }, /healthcheck\.test/],
    [true as unknown as HealthcheckOptions, /healthcheck is true, but must be an object/],
  ])('%j is refused', (options, said) => {
    expect(() => healthcheckConfig(options, undefined)).toThrow(said);
  });
});
