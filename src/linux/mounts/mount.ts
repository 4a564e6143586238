import { isFailure, type Failure } from '../../base/errno.js';
import type { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { Descriptor } from '../files/descriptor.js';
import { kernelError, type Advice } from '../kernel-error.js';
import { rawChange, type MountChange } from './attributes.js';
import { optionName, rawOptions, type FsOptions } from './options.js';
import { checkText, describePlace, rawPlace, type Place } from '../place.js';

/** A file system to be made: fsopen(2), fsconfig(2), fsmount(2). */
export interface MountRequest extends MountChange {
  /** The type, as /proc/filesystems tells them: `tmpfs`. */
  readonly type: string;
  /** The device, or a name for mountinfo; the type unless given. */
  readonly source?: string | undefined;
  readonly options?: FsOptions | undefined;
}

const PRIVILEGE = 'this needs CAP_SYS_ADMIN over the mount namespace';

function mountError(what: string, type: string, failure: Failure): LibpodError {
  const advice: Advice = {
    EPERM: PRIVILEGE,
    ENODEV: `this kernel has no file system ${type}: see /proc/filesystems, or load its module`,
    ENOENT: 'the source, the target or something that an option names is missing',
    ...(failure.stage === 'fsconfig' && failure.message === undefined
      ? { EINVAL: `${type} refuses an option or its value` }
      : {}),
  };
  return kernelError(what, failure, advice);
}

function prepare(request: MountRequest) {
  checkText('the type of the mount', request.type);
  const { type, source = type, options = {}, ...change } = request;
  return { type, options: rawOptions({ source, ...options }), change: rawChange(change, false) };
}

/** The error's name for the option that was refused. */
function atOption(options: string, failure: Failure): string {
  return failure.index === undefined ? '' : ` (option ${optionName(options, failure.index)})`;
}

/**
 * Mounts a new file system: it is made detached, gets its attributes, and is attached last, so that nobody sees it half
 * made. On a worker thread, as a device or a server may keep it waiting.
 *
 * @param target where; it must exist. A link at its end is followed, within the root if it is in one
 * @throws LibpodError ERR_NOT_PRIVILEGED, ERR_NOT_FOUND; with the kernel's own words where it has any
 * @see fsopen(2), fsconfig(2), fsmount(2), move_mount(2)
 */
export async function mount(request: MountRequest & { readonly target: Place }): Promise<void> {
  const { target, ...rest } = request;
  const { type, options, change } = prepare(rest);
  const answer = await addon.createMount(type, options, rawPlace('the target', target), ...change);
  if (isFailure(answer))
    throw mountError(`mount ${type} at ${describePlace(target)}${atOption(options, answer)}`, type, answer);
}

/**
 * Makes a file system and a mount of it that is attached nowhere: it lives while its descriptor is open, and can be entered
 * through that, changed, and attached by moveMount.
 *
 * @throws LibpodError as mount does
 * @see fsopen(2), fsconfig(2), fsmount(2)
 */
export async function createMount(request: MountRequest): Promise<Descriptor> {
  const { type, options, change } = prepare(request);
  const answer = await addon.createMount(type, options, undefined, ...change);
  if (isFailure(answer)) throw mountError(`make a ${type}${atOption(options, answer)}`, type, answer);
  return new Descriptor(answer as number);
}

/**
 * Changes options of a mounted file system itself, for all of its mounts (what mount(2) calls a remount).
 *
 * @param target a mount of it
 * @see fspick(2), fsconfig(2), FSCONFIG_CMD_RECONFIGURE
 */
export async function reconfigureMount(target: Place, options: FsOptions): Promise<void> {
  const raw = rawOptions(options);
  const answer = await addon.reconfigureMount(rawPlace('the target', target), raw);
  if (!isFailure(answer)) return;
  throw kernelError(
    `reconfigure the file system at ${describePlace(target)}${atOption(raw, answer)}`,
    answer,
    {
      EPERM: PRIVILEGE,
      EINVAL: 'nothing is mounted there, or its file system refuses an option',
    },
  );
}
