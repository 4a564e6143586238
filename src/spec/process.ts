import { DEFAULT_PATH } from '../base/default-path.js';
import { RLIM_INFINITY, RLIMIT_TYPES, type RlimitType } from '../oci/names.js';
import { show } from '../oci/problem.js';
import type { PosixRlimit, User } from '../oci/runtime-spec.js';
import { invalid } from './invalid.js';
import type { SpecOptions, SpecUser, UlimitOption } from './options.js';

/** podman-run(1), --umask. */
export const DEFAULT_UMASK = 0o022;

/** podman 4's limits of open files and of processes. */
const DEFAULT_LIMIT = 1048576;
const DEFAULT_LIMITED: readonly RlimitType[] = ['RLIMIT_NOFILE', 'RLIMIT_NPROC'];

/**
 * The environment: PATH, TERM with a terminal, `container` (systemd and others look for it), HOME if the home
 * is known, HOSTNAME, less those that the user does not want, and what the user gives, which wins. Nothing is taken from
 * the environment of this process.
 *
 * podman 4.3 sets TERM without a terminal too, which makes programs write escape sequences into logs.
 */
export function resolveEnvironment({
  env = {},
  unsetEnv = [],
  terminal,
  user,
  hostname,
}: SpecOptions): string[] {
  if (Array.isArray(env)) invalid('env is a list, but must be an object: { NAME: "value" }');
  const defaults = {
    PATH: DEFAULT_PATH,
    ...(terminal && { TERM: 'xterm' }),
    container: 'libpod',
    ...(user?.home !== undefined && { HOME: user.home }),
    HOSTNAME: hostname,
  };
  const variables = { ...withoutUnset(defaults, unsetEnv), ...env };
  return Object.entries(variables).map(([name, value]) => {
    if (name === '' || name.includes('=')) {
      invalid(`the variable ${show(name)} of env has no usable name; write one without "="`);
    }
    return `${name}=${value}`;
  });
}

/** Variables less those of `unsetEnv`: podman-run(1), --unsetenv and --unsetenv-all. */
export function withoutUnset(
  variables: Readonly<Record<string, string>>,
  unset: NonNullable<SpecOptions['unsetEnv']>,
): Record<string, string> {
  if (unset === 'ALL') return {};
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !unset.includes(name)));
}

/**
 * The user. The group is also put among the supplementary ones: without it a process could shed it with
 * setgid(2), and with it a denial written for that group (CVE-2022-2989).
 */
export function resolveUser(user: SpecUser = { uid: 0, gid: 0 }, umask: number = DEFAULT_UMASK): User {
  const { uid, gid, additionalGids = [], username } = user;
  if (!Number.isInteger(umask) || umask < 0 || umask > 0o777) {
    invalid(`umask is ${umask}, but must be a whole number from 0 to 0777`);
  }
  const groups = additionalGids.includes(gid) ? [...additionalGids] : [gid, ...additionalGids];
  const plainRoot = uid === 0 && gid === 0 && additionalGids.length === 0;
  return {
    uid,
    gid,
    umask,
    ...(!plainRoot && { additionalGids: groups }),
    ...(username !== undefined && { username }),
  };
}

/** The resource limits: the defaults, unless the user gives the same, and the user's. */
export function resolveRlimits({ ulimits = [], hardLimits = {} }: SpecOptions): PosixRlimit[] {
  // What a specification does not set is inherited.
  if (ulimits === 'host') return [];
  const ceilings = new Map(Object.entries(hardLimits).map(([name, limit]) => [rlimitType(name), limit]));
  const own = ulimits.map((option) => rlimit(option, ceilings));
  const again = own.findIndex(({ type }, at) => own.findIndex((limit) => limit.type === type) !== at);
  if (again !== -1) invalid(`ulimit ${show(ulimits[again]?.name)} is given twice; keep one of them`);
  const defaults = DEFAULT_LIMITED.filter((type) => !own.some((limit) => limit.type === type)).map((type) => {
    const limit = Math.min(DEFAULT_LIMIT, ceilings.get(type) ?? DEFAULT_LIMIT);
    return { type, soft: limit, hard: limit };
  });
  return [...defaults, ...own];
}

function rlimit({ name, soft, hard }: UlimitOption, ceilings: ReadonlyMap<RlimitType, number>): PosixRlimit {
  const value = (limit: number) => {
    if (limit === -1) return RLIM_INFINITY;
    if (Number.isInteger(limit) && limit >= 0 && limit <= RLIM_INFINITY) return limit;
    return invalid(`the limit ${limit} of ulimit ${show(name)} is no whole number; write -1 for none`);
  };
  const limits = { type: rlimitType(name), soft: value(soft), hard: value(hard) };
  if (limits.soft > limits.hard) {
    invalid(
      `the soft limit ${soft} of ulimit ${show(name)} is above its hard limit ${hard}; raise the latter`,
    );
  }
  const ceiling = ceilings.get(limits.type);
  if (ceiling !== undefined && limits.hard > ceiling) {
    invalid(
      `the hard limit ${hard} of ulimit ${show(name)} is above ${ceiling}, the most that this process may set; give a lower one`,
    );
  }
  return limits;
}

function rlimitType(name: string): RlimitType {
  const upper = name.toUpperCase();
  const full = upper.startsWith('RLIMIT_') ? upper : `RLIMIT_${upper}`;
  return (
    RLIMIT_TYPES.find((type) => type === full) ??
    invalid(`${show(name)} is no resource limit; write a name of getrlimit(2), such as nofile`)
  );
}
