import { LibpodError } from '../../base/errors.js';
import { millisecondsOf } from '../../base/seconds.js';
import {
  HEALTH_ACTIONS,
  type CheckConfig,
  type HealthAction,
  type HealthcheckConfig,
} from '../../model/healthcheck.js';
import { either, list, number, object, oneOf, requireShape, text } from '../../spec/shape.js';
import type { ImageHealthcheck } from '../../oci/image-spec.js';

/** How often a command is run to see how a container is. Times are in seconds. */
export interface CheckOptions {
  /**
   * A line for the container's /bin/sh; or a list as images have it: `CMD` and a command, `CMD-SHELL` and a line, or `NONE`;
   * any other list is a command. That of the image unless given.
   */
  readonly test?: string | readonly string[] | undefined;
  /** From the end of one check to the next; 30 unless given. 0: it is run by `healthcheck()` alone. */
  readonly interval?: number | undefined;
  /** How long it may take before it counts as failed; 30 unless given. */
  readonly timeout?: number | undefined;
  /** How many failures count. */
  readonly retries?: number | undefined;
}

/** The healthcheck of a new container: podman-run(1), --health-*. */
export interface HealthcheckOptions extends CheckOptions {
  /** How many failures in a row make the container unhealthy; 3 unless given. */
  readonly retries?: number | undefined;
  /** Seconds from the start in which failures do not count, unless it has succeeded before; 0 unless given. */
  readonly startPeriod?: number | undefined;
  /** A check that runs in place of the other until the container has started up. */
  readonly startup?: StartupCheckOptions | undefined;
  /** What follows when it is unhealthy; `none` unless given. */
  readonly onFailure?: HealthAction | undefined;
}

export interface StartupCheckOptions extends CheckOptions {
  /** How many failures have the container run again; 0, unless given: it is never. */
  readonly retries?: number | undefined;
  /** How many successes end it; 1 unless given. */
  readonly successes?: number | undefined;
}

const CHECK = {
  test: either('a line for the shell, or a list of words', text, list(text)),
  interval: number,
  timeout: number,
  retries: number,
};
const OPTIONS = object<{ healthcheck: HealthcheckOptions }>({
  healthcheck: object<HealthcheckOptions>({
    ...CHECK,
    startPeriod: number,
    startup: object<StartupCheckOptions>({ ...CHECK, successes: number }),
    onFailure: oneOf(...HEALTH_ACTIONS),
  }),
});

/** What a u32 of the launch program holds. */
const MAX_COUNT = 2 ** 32 - 1;

function invalid(message: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', message);
}

/** A command as images write it; undefined for `NONE`. */
function testOf(test: string | readonly string[]): readonly string[] | undefined {
  const words = typeof test === 'string' ? ['CMD-SHELL', test] : test;
  const [kind] = words;
  if (kind === 'NONE' && words.length === 1) return undefined;
  const marked = kind === 'CMD' || kind === 'CMD-SHELL' ? words : ['CMD', ...words];
  if (marked.length < 2 || marked[1] === '' || marked.some((word) => word.includes('\0')))
    throw invalid(
      `the healthcheck ${JSON.stringify(test)} has no command: give a line for the shell, or the words of one`,
    );
  return marked;
}

function count(what: string, value: number, lowest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= MAX_COUNT) return value;
  throw invalid(`${what} of the healthcheck are ${value}, but must be a whole number, ${lowest} or more`);
}

/** A time of the caller's in milliseconds; one that is not 0 is one at least. */
function milliseconds(what: string, seconds: number): number {
  return Math.ceil(millisecondsOf(`${what} of the healthcheck`, seconds));
}

function checkOf(test: readonly string[], options: CheckOptions, retries: number): CheckConfig {
  const timeout = milliseconds('the timeout', options.timeout ?? 30);
  if (timeout === 0) throw invalid('the timeout of the healthcheck is 0, but must be more');
  return { test, interval: milliseconds('the interval', options.interval ?? 30), timeout, retries };
}

/** Docker's nanoseconds, of which 0 says nothing. */
function secondsOf(nanoseconds: number | undefined): number | undefined {
  return nanoseconds ? nanoseconds / 1e9 : undefined;
}

/** The healthcheck of an image as options. */
function optionsOfImage({
  Test,
  Interval,
  Timeout,
  StartPeriod,
  Retries,
}: ImageHealthcheck): HealthcheckOptions {
  return {
    test: Test !== undefined && Test.length > 0 ? Test : undefined,
    interval: secondsOf(Interval),
    timeout: secondsOf(Timeout),
    startPeriod: secondsOf(StartPeriod),
    retries: Retries || undefined,
  };
}

/**
 * The healthcheck of a new container; undefined if it has none.
 *
 * @param given what was asked for: false for none, whatever the image says
 * @param image what stands where nothing is given
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function healthcheckConfig(
  given: HealthcheckOptions | false | undefined,
  image: ImageHealthcheck | undefined,
): HealthcheckConfig | undefined {
  if (given === false) return undefined;
  requireShape('createContainer', OPTIONS, { healthcheck: given });
  const told = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
  const options: HealthcheckOptions = { ...(image && optionsOfImage(image)), ...told };
  if (options.test === undefined) {
    if (given === undefined) return undefined;
    throw invalid('a healthcheck needs a command, and neither was one given, nor does the image have one');
  }
  const test = testOf(options.test);
  if (test === undefined) return undefined;
  const { onFailure = 'none', startup } = options;
  return {
    ...checkOf(test, options, count('the retries', options.retries ?? 3, 1)),
    startPeriod: milliseconds('the start period', options.startPeriod ?? 0),
    ...(startup !== undefined && { startup: startupOf(startup) }),
    onFailure,
  };
}

function startupOf(options: StartupCheckOptions): HealthcheckConfig['startup'] {
  const test = options.test === undefined ? undefined : testOf(options.test);
  if (test === undefined) throw invalid('a startup healthcheck needs a command');
  const check = checkOf(test, options, count('the retries', options.retries ?? 0, 0));
  if (check.interval === 0)
    throw invalid('the interval of the startup healthcheck is 0, but must be more: nothing else ends it');
  return { ...check, successes: Math.max(1, count('the successes', options.successes ?? 1, 0)) };
}
