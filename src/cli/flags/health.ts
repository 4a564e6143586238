import { HEALTH_ACTIONS, type CreateOptions, type HealthcheckOptions } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { parseGoDuration } from './time.js';
import { parseWhole } from './values.js';

/** The flags about the health of a new container, as they were written. */
export interface HealthFlags {
  readonly healthCmd?: string;
  readonly healthInterval?: string;
  readonly healthTimeout?: string;
  readonly healthRetries?: string;
  readonly healthStartPeriod?: string;
  readonly healthOnFailure?: string;
  readonly healthStartupCmd?: string;
  readonly healthStartupInterval?: string;
  readonly healthStartupTimeout?: string;
  readonly healthStartupRetries?: string;
  readonly healthStartupSuccess?: string;
  /** False for --no-healthcheck. */
  readonly healthcheck?: boolean;
}

/** Gives a command the flags of podman-run(1), --health-*. */
export function addHealthFlags(command: PodmanCommand): void {
  command
    .option('--health-cmd <command>', 'see how the container is: a line for the shell, a JSON list, or none')
    .option('--health-interval <duration>', 'time between checks; disable for none (default 30s)')
    .option('--health-timeout <duration>', 'how long a check may take (default 30s)')
    .option('--health-retries <count>', 'how many failures in a row make it unhealthy (default 3)')
    .option('--health-start-period <duration>', 'time in which failures do not count (default 0s)')
    .option('--health-on-failure <action>', 'when it is unhealthy: none (default), kill, restart or stop')
    .option('--health-startup-cmd <command>', 'the check until the container has started up')
    .option('--health-startup-interval <duration>', 'time between these (default 30s)')
    .option('--health-startup-timeout <duration>', 'how long one of these may take (default 30s)')
    .option('--health-startup-retries <count>', 'how many failures have it run again; 0 (default): never')
    .option('--health-startup-success <count>', 'how many successes end the startup (default 1)')
    .option('--no-healthcheck', 'no healthcheck, whatever the image says');
}

/** The command of a check: podman takes a line, a JSON list of words, or `none`. */
function testOf(flag: string, text: string | undefined): string | readonly string[] | undefined {
  if (text === undefined) return undefined;
  if (text === '') throw new UsageError(`--${flag} needs a command`);
  if (text === 'none') return ['NONE'];
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    return text;
  }
  const list = Array.isArray(words) && words.every((word) => typeof word === 'string');
  return list ? (words as string[]) : text;
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseGoDuration(text) / 1000;
}

function interval(text: string | undefined): number | undefined {
  return text === 'disable' ? 0 : seconds(text);
}

function whole(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseWhole(flag, text);
}

function isGiven(options: object): boolean {
  return Object.values(options).some((value) => value !== undefined);
}

function parseAction(text: string | undefined): HealthcheckOptions['onFailure'] {
  const found = HEALTH_ACTIONS.find((action) => action === text);
  if (text !== undefined && found === undefined)
    throw new UsageError(
      `invalid on-failure action ${JSON.stringify(text)} for health check: supported actions are ${HEALTH_ACTIONS.join(', ')}`,
    );
  return found;
}

/** @throws UsageError */
export function parseHealth(flags: HealthFlags): Pick<CreateOptions, 'healthcheck'> {
  const startup = {
    test: testOf('health-startup-cmd', flags.healthStartupCmd),
    interval: interval(flags.healthStartupInterval),
    timeout: seconds(flags.healthStartupTimeout),
    retries: whole('health-startup-retries', flags.healthStartupRetries),
    successes: whole('health-startup-success', flags.healthStartupSuccess),
  };
  const check = {
    test: testOf('health-cmd', flags.healthCmd),
    interval: interval(flags.healthInterval),
    timeout: seconds(flags.healthTimeout),
    retries: whole('health-retries', flags.healthRetries),
    startPeriod: seconds(flags.healthStartPeriod),
    startup: isGiven(startup) ? startup : undefined,
    onFailure: parseAction(flags.healthOnFailure),
  };
  if (flags.healthcheck !== false) return isGiven(check) ? { healthcheck: check } : {};
  if (isGiven(check)) throw new UsageError('--no-healthcheck and --health-* cannot both be given');
  return { healthcheck: false };
}
