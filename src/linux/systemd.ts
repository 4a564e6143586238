import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';

/** How long systemd may take with one unit: its own DefaultTimeoutStartSec (systemd-system.conf(5)). */
const PATIENCE_MS = 90_000;
const LOOK_AGAIN_MS = 2;

/** A scope of systemd: a cgroup of its own for processes that others started (systemd.scope(5)). */
export interface ScopeRequest {
  /** Its name, with `.scope`. */
  readonly unit: string;
  /** The slice that it stands in, with `.slice`. */
  readonly slice: string;
  readonly description: string;
  /** The process that is moved into it; the scope lasts as long as it has any. */
  readonly pid: number;
}

/** Whether systemd is this machine's service manager: sd_booted(3). */
export function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system');
}

/** @throws LibpodError ERR_UNSUPPORTED where it is not */
export function requireSystemd(): void {
  if (!isSystemdRunning())
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'the systemd cgroup manager needs systemd as PID 1, which it is not here; use cgroupfs',
    );
}

/**
 * The cgroup of a slice: `a-b.slice` is in `a.slice` (systemd.slice(5)).
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if it is no name of a slice
 */
export function slicePath(slice: string): string {
  const name = /^((?:[A-Za-z0-9:_.\\]+-)*[A-Za-z0-9:_.\\]+)\.slice$/.exec(slice)?.[1];
  if (name === undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the parent of systemd's cgroups must be a slice, such as machine.slice, not ${JSON.stringify(slice)}`,
    );
  const parts = name.split('-');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}

/** Whether a process is in a cgroup of version 2 with this last part. */
function isIn(pid: number, unit: string): boolean {
  return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${unit}\n`);
}

/**
 * Asks systemd for a transient scope whose cgroup is handed over (org.freedesktop.systemd1(5), StartTransientUnit; Delegate=
 * of systemd.resource-control(5)), and waits until the process is in it. By busctl(1), which is part of systemd: decision 72.
 *
 * @returns false if there is a unit of this name already
 * @throws LibpodError ERR_UNSUPPORTED if systemd is absent or does not do it
 */
export async function startScope({ unit, slice, description, pid }: ScopeRequest): Promise<boolean> {
  const properties = [
    ['Description', 's', description],
    ['Slice', 's', slice],
    ['Delegate', 'b', 'true'],
    // Without a word, a share of the machine's for all that is in it together.
    ['TasksMax', 't', '18446744073709551615'],
    ['PIDs', 'au', '1', String(pid)],
    // Forgotten when it is over, whichever way.
    ['CollectMode', 's', 'inactive-or-failed'],
  ];
  const place = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];
  const method = ['StartTransientUnit', 'ssa(sv)a(sa(sv))'];
  const values = [unit, 'fail', String(properties.length), ...properties.flat(), '0'];
  try {
    await promisify(execFile)('busctl', ['--quiet', 'call', ...place, ...method, ...values], {
      timeout: PATIENCE_MS,
    });
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim() ?? '';
    // systemd's words for org.freedesktop.systemd1.UnitExists; busctl tells no more of an error than those.
    if (/already (?:loaded|exists)/.test(said)) return false;
    const answer = hasErrno(error, 'ENOENT') ? 'busctl(1) is not installed' : said || String(error);
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `cannot make the scope ${unit}: ${answer}; the systemd cgroup manager needs systemd as PID 1`,
      { cause: error },
    );
  }
  // The answer tells of a job that was put in the queue.
  const end = performance.now() + PATIENCE_MS;
  while (!isIn(pid, unit)) {
    if (performance.now() > end)
      throw new LibpodError('ERR_UNSUPPORTED', `systemd took the scope ${unit} on, but never made it`);
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}
