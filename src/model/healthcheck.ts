/** How the healthcheck finds a container; the numbers of the monitor (native/monitor/health.h). */
export const HEALTH_STATUSES = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** What follows when a container is unhealthy: podman-run(1), --health-on-failure. */
export const HEALTH_ACTIONS = ['none', 'kill', 'restart', 'stop'] as const;
export type HealthAction = (typeof HEALTH_ACTIONS)[number];

/** A command that is run in a container again and again. Times are in milliseconds. */
export interface CheckConfig {
  /** As images write it: `CMD` and the words of a command, or `CMD-SHELL` and a line for /bin/sh. */
  readonly test: readonly string[];
  /** From the end of one check to the next; 0: it is run when asked alone. */
  readonly interval: number;
  /** How long it may take; it then has failed. */
  readonly timeout: number;
  /** How many failures count. */
  readonly retries: number;
}

/** The check that runs first: until it has succeeded `successes` times; after `retries` failures (0: never) the container is run again. */
export interface StartupCheckConfig extends CheckConfig {
  readonly successes: number;
}

/** The healthcheck of a container (Schema2HealthConfig of libpod). */
export interface HealthcheckConfig extends CheckConfig {
  /** How long after the start failures do not count, unless it has succeeded before. */
  readonly startPeriod: number;
  readonly startup?: StartupCheckConfig | undefined;
  readonly onFailure: HealthAction;
}

/** Whether a healthcheck may have the container run again. */
export function mayRunAgain({ onFailure, startup }: HealthcheckConfig): boolean {
  return onFailure === 'restart' || (startup !== undefined && startup.retries > 0);
}

/** The command that a check is. */
export function checkWords([kind, ...words]: readonly string[]): string[] {
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', words.join(' ')] : words;
}
