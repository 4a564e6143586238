import path from 'node:path';
import { ownValue } from '../../base/own-value.js';
import type { Mount } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { bindMount, devptsMount, PROPAGATIONS, tmpfsMount, volumeMount } from './mounts.js';
import { parseSize } from './values.js';

/** The kinds of --mount that can be had: podman-run(1). */
const TYPES = ['bind', 'volume', 'tmpfs', 'devpts'] as const;
type MountType = (typeof TYPES)[number];

/** One `KEY[=VALUE]` of a --mount. */
interface Word {
  readonly key: string;
  readonly value: string | undefined;
  /** The whole text, for messages. */
  readonly text: string;
}

function refuse({ text }: Pick<Word, 'text'>, why: string): never {
  throw new UsageError(`mount ${JSON.stringify(text)}: ${why}`);
}

/** Whether a key such as `ro` or `ro=true` is on. */
function isOn(word: Word): boolean {
  const { value } = word;
  if (value === undefined || value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return refuse(word, `${JSON.stringify(value)} is neither true nor false`);
}

function needed(word: Word, pattern = /./): string {
  const { key, value = '' } = word;
  if (value === '') refuse(word, `${key} needs a value`);
  if (!pattern.test(value)) refuse(word, `invalid ${key} ${JSON.stringify(value)}`);
  return value;
}

type Reader = (word: Word) => string[];

/** A flag of mounts that has an opposite, such as `suid` and `nosuid`. */
const access =
  (on: string, off: string): Reader =>
  (word) => [isOn(word) ? on : off];

/** Keys of bind mounts and of tmpfs. */
const COMMON: Readonly<Record<string, Reader>> = {
  ro: access('ro', 'rw'),
  readonly: access('ro', 'rw'),
  rw: access('rw', 'ro'),
  exec: access('exec', 'noexec'),
  noexec: access('noexec', 'exec'),
  suid: access('suid', 'nosuid'),
  nosuid: access('nosuid', 'suid'),
  dev: access('dev', 'nodev'),
  nodev: access('nodev', 'dev'),
};

/** podman's words for what gives the source to the container's user. */
const CHOWN: Readonly<Record<string, Reader>> = {
  U: (word) => (isOn(word) ? ['U'] : []),
  chown: (word) => (isOn(word) ? ['U'] : []),
};

/** What each kind of mount understands beside its type and its places. */
const KEYS: Readonly<Record<MountType, Readonly<Record<string, Reader>>>> = {
  bind: {
    ...COMMON,
    ...CHOWN,
    'bind-propagation': (word) => [needed(word, PROPAGATIONS)],
    'bind-nonrecursive': access('bind', 'rbind'),
    // A label of SELinux, which is not supported: it changes nothing, as with podman where it is off.
    relabel: (word) => {
      needed(word, /^(shared|private)$/);
      return [];
    },
  },
  volume: {
    ...COMMON,
    ...CHOWN,
    copy: access('copy', 'nocopy'),
    nocopy: access('nocopy', 'copy'),
  },
  tmpfs: {
    ...COMMON,
    'tmpfs-size': (word) => [`size=${parseSize('tmpfs-size', needed(word))}`],
    size: (word) => [`size=${parseSize('size', needed(word))}`],
    'tmpfs-mode': (word) => [`mode=${needed(word, /^[0-7]{1,4}$/)}`],
    tmpcopyup: access('tmpcopyup', 'notmpcopyup'),
    notmpcopyup: access('notmpcopyup', 'tmpcopyup'),
  },
  devpts: {
    uid: (word) => [`uid=${needed(word, /^\d+$/)}`],
    gid: (word) => [`gid=${needed(word, /^\d+$/)}`],
    mode: (word) => [`mode=${needed(word, /^[0-7]{1,4}$/)}`],
    max: (word) => [`max=${needed(word, /^\d+$/)}`],
  },
};

const PLACES: Readonly<Record<string, 'type' | 'source' | 'destination'>> = {
  type: 'type',
  src: 'source',
  source: 'source',
  dst: 'destination',
  target: 'destination',
  destination: 'destination',
};

function isMountType(type: string | undefined): type is MountType {
  return TYPES.some((known) => known === type);
}

/** `type=bind,src=/a,dst=/b,ro`, `type=tmpfs,dst=/t,tmpfs-size=1m` and the like of --mount (podman-run(1)). */
export function parseMount(text: string): Mount {
  const words = text.split(',').map((word): Word => {
    const [key, value] = splitOnce(word, '=');
    return { key, value, text };
  });
  const places: { type?: string; source?: string; destination?: string } = {};
  for (const word of words) {
    const place = ownValue(PLACES, word.key);
    if (place !== undefined) places[place] = needed(word);
  }
  const { type, source, destination } = places;
  if (!isMountType(type)) {
    refuse(
      { text },
      `invalid filesystem type ${JSON.stringify(type ?? '')}; give type=bind, volume, tmpfs or devpts`,
    );
  }
  if (destination === undefined) refuse({ text }, 'must set volume destination');
  const options = words.flatMap((word) => {
    if (ownValue(PLACES, word.key) !== undefined) return [];
    const read = ownValue(KEYS[type], word.key);
    return read ? read(word) : refuse(word, `invalid mount option ${JSON.stringify(word.key)}`);
  });
  switch (type) {
    case 'bind':
      if (source === undefined) refuse({ text }, 'a bind mount needs a source');
      return bindMount(path.resolve(source), destination, options);
    case 'volume':
      return volumeMount(text, source, destination, options);
    case 'tmpfs':
      if (source !== undefined) refuse({ text }, 'a tmpfs has no source');
      return tmpfsMount(text, destination, options);
    case 'devpts':
      if (source !== undefined) refuse({ text }, 'a devpts has no source');
      return devptsMount(destination, options);
    default:
      return type satisfies never;
  }
}
