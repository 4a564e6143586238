import { ownValue } from '../base/own-value.js';
import { LibpodError } from '../base/errors.js';
import type { MountChange } from '../linux/mounts/attributes.js';
import type { FsOptions } from '../linux/mounts/options.js';

/** How a volume is made: podman-volume-create(1). */
export interface VolumeOptions {
  /** 64 digits by chance unless given. */
  readonly name?: string | undefined;
  /** `local`, unless given; there is no other. */
  readonly driver?: string | undefined;
  /**
   * What is mounted for it: `type`, such as `tmpfs`; `device`, such as `/dev/sdb1`, or for a bind mount a directory; `o`, the
   * options of mount(8) with commas: `bind`, `size=10m`, `nodev`. Without `type` and `bind`, `o` may have `uid` and `gid`: the
   * owner of the volume's directory.
   */
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What is mounted for a volume. */
export type VolumeMount =
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly recursive: boolean;
      readonly change: MountChange;
    }
  | {
      readonly kind: 'new';
      readonly type: string;
      readonly source: string;
      readonly options: FsOptions;
      readonly change: MountChange;
    };

/** What the options of a volume come to. */
export interface VolumeForm {
  /** A directory of the store where there is none. */
  readonly mount?: VolumeMount | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Words of mount(8) that are attributes of a mount. */
const ATTRIBUTES: Readonly<Record<string, MountChange>> = {
  ro: { readonly: true },
  rw: { readonly: false },
  nosuid: { nosuid: true },
  suid: { nosuid: false },
  nodev: { nodev: true },
  dev: { nodev: false },
  noexec: { noexec: true },
  exec: { noexec: false },
  noatime: { atime: 'noatime' },
  relatime: { atime: 'relatime' },
  strictatime: { atime: 'strictatime' },
  nodiratime: { nodiratime: true },
};

function bad(sentence: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', `volume: ${sentence}`);
}

function idOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_fffe) bad(`${name}=${text} is no ID: give a number`);
  return Number(text);
}

/** A directory of the store; `o` may only say whose. */
function directoryForm(words: ReadonlyMap<string, string | undefined>): VolumeForm {
  for (const name of words.keys()) {
    if (name === 'size' || name === 'inodes')
      bad(`the option ${name} needs a file system that counts for each directory; use it with type=tmpfs`);
    if (name !== 'uid' && name !== 'gid')
      bad(`the option ${JSON.stringify(name)} in "o" needs a type, or bind: give type=TYPE too`);
  }
  return { uid: idOf('uid', words.get('uid')), gid: idOf('gid', words.get('gid')) };
}

/**
 * Reads the options of a volume.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function volumeForm(options: Readonly<Record<string, string>>): VolumeForm {
  const { type = '', device = '', o = '', ...other } = options;
  const [unknown] = Object.keys(other);
  if (unknown !== undefined)
    bad(`the option ${JSON.stringify(unknown)} is not known: give type, device or o`);
  const words = new Map<string, string | undefined>();
  for (const word of o.split(',').filter(Boolean)) {
    const at = word.indexOf('=');
    words.set(at < 0 ? word : word.slice(0, at), at < 0 ? undefined : word.slice(at + 1));
  }
  const recursive = words.has('rbind');
  const binds = recursive || words.has('bind');
  if (!binds && (type === '' || type === 'none')) {
    if (device !== '') bad(`device ${device} needs a type, or o=bind`);
    return directoryForm(words);
  }
  let change: MountChange = {};
  const rest: Record<string, string | true> = {};
  for (const [name, value] of words) {
    const attribute = value === undefined ? ownValue(ATTRIBUTES, name) : undefined;
    if (attribute !== undefined) change = { ...change, ...attribute };
    else if (name !== 'bind' && name !== 'rbind') rest[name] = value ?? true;
  }
  if (!binds) return { mount: { kind: 'new', type, source: device || type, options: rest, change } };
  const [strange] = Object.keys(rest);
  if (strange !== undefined) bad(`the option ${JSON.stringify(strange)} cannot be used with bind`);
  if (!device.startsWith('/')) bad('a bind mount needs device=PATH, absolute');
  return { mount: { kind: 'bind', source: device, recursive, change } };
}
