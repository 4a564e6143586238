import { isFailure, type Failure } from '../../base/errno.js';
import type { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { Descriptor } from '../files/descriptor.js';
import { kernelError } from '../kernel-error.js';
import { rawChange, type MountChange } from './attributes.js';
import { describePlace, rawPlace, type Place } from '../place.js';

/** How a part of the mount tree is copied. */
export interface CloneOptions extends MountChange {
  /** With the mounts beneath it; only itself unless given. Changes then are for all of them. */
  readonly recursive?: boolean | undefined;
}

function treeError(what: string, failure: Failure): LibpodError {
  return kernelError(what, failure, {
    EPERM: 'this needs CAP_SYS_ADMIN over the mount namespace, and for idmap a mount that has no ID maps yet',
    EINVAL:
      failure.stage === 'mount_setattr'
        ? 'the file system or the mount does not take that attribute: an idmap is for a mount that is not attached, and a namespace other than the first'
        : 'the source must be a mount of this namespace that is not unbindable, the target of the same kind (directory or file) and no place within it',
    ELOOP: 'the target is within what is moved',
  });
}

/**
 * Makes a directory or file visible at another place too: a bind mount. Its attributes are set before it is attached.
 *
 * @param source what to show
 * @param target where; it must exist, a directory for a directory, a file for a file
 * @throws LibpodError ERR_NOT_PRIVILEGED, ERR_NOT_FOUND
 * @see open_tree(2) with OPEN_TREE_CLONE, mount_setattr(2), move_mount(2)
 */
export async function bindMount(source: Place, target: Place, options: CloneOptions = {}): Promise<void> {
  const { recursive = false, ...change } = options;
  const answer = await addon.cloneMount(
    rawPlace('the source', source),
    recursive,
    rawPlace('the target', target),
    ...rawChange(change, recursive),
  );
  if (isFailure(answer)) throw treeError(`bind ${describePlace(source)} at ${describePlace(target)}`, answer);
}

/**
 * Copies a part of the mount tree, attached nowhere: for moveMount, into this namespace or another.
 *
 * @see open_tree(2) with OPEN_TREE_CLONE
 */
export async function cloneMount(source: Place, options: CloneOptions = {}): Promise<Descriptor> {
  const { recursive = false, ...change } = options;
  const answer = await addon.cloneMount(
    rawPlace('the source', source),
    recursive,
    undefined,
    ...rawChange(change, recursive),
  );
  if (isFailure(answer)) throw treeError(`copy the mount ${describePlace(source)}`, answer);
  return new Descriptor(answer as number);
}

/** Where a mount is put. */
export interface MoveOptions {
  /** Below the mount that is on top at the target, which then can be unmounted without a gap (Linux 6.5). */
  readonly beneath?: boolean | undefined;
}

/**
 * Moves a mount with what is beneath it, or attaches one that is attached nowhere.
 *
 * @param source the top of a mount; a descriptor of createMount or cloneMount
 * @see move_mount(2)
 */
export async function moveMount(source: Place, target: Place, options: MoveOptions = {}): Promise<void> {
  const answer = await addon.moveMount(
    rawPlace('the source', source),
    rawPlace('the target', target),
    options.beneath === true,
  );
  if (isFailure(answer))
    throw treeError(`move the mount ${describePlace(source)} to ${describePlace(target)}`, answer);
}

/**
 * Changes attributes, propagation or ID maps of a mount.
 *
 * @param options.recursive of all mounts beneath it too, all or none of them
 * @throws LibpodError ERR_NOT_PRIVILEGED; ERR_SYSTEM with EINVAL where nothing is mounted
 * @see mount_setattr(2)
 */
export async function changeMount(
  target: Place,
  change: MountChange,
  options: { readonly recursive?: boolean | undefined } = {},
): Promise<void> {
  const raw = rawChange(change, options.recursive === true);
  const answer = await addon.changeMount(rawPlace('the target', target), ...raw);
  if (!isFailure(answer)) return;
  throw kernelError(`change the mount ${describePlace(target)}`, answer, {
    EPERM:
      'this needs CAP_SYS_ADMIN over the mount namespace; attributes that came from one above stay locked',
    EINVAL: 'nothing is mounted there; or an idmap was given to a mount that is attached already',
  });
}
