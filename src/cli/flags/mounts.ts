import path from 'node:path';
import { ownValue } from '../../base/own-value.js';
import type { Mount } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';

/** Labels of SELinux, which is not supported: they change nothing, as with podman where it is off. */
const LABELS = new Set(['z', 'Z']);
const BIND_OPTIONS = new Set([
  ...['ro', 'rw', 'exec', 'noexec', 'suid', 'nosuid', 'dev', 'nodev', 'bind', 'rbind', 'idmap', 'ridmap'],
  ...['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable', 'U'],
]);
export const PROPAGATIONS = /^r?(private|slave|shared|unbindable)$/;

function absolute(destination: string): string {
  if (!destination.startsWith('/'))
    throw new UsageError(`invalid container path ${JSON.stringify(destination)}, must be an absolute path`);
  return destination;
}

/** A bind mount, of all beneath and private unless its options say otherwise. */
export function bindMount(source: string, destination: string, options: readonly string[]): Mount {
  const kept = options.filter((option) => !LABELS.has(option));
  const recursive = kept.some((option) => option === 'bind' || option === 'rbind') ? [] : ['rbind'];
  const propagation = kept.some((option) => PROPAGATIONS.test(option)) ? [] : ['rprivate'];
  return {
    destination: absolute(destination),
    type: 'bind',
    source,
    options: [...recursive, ...propagation, ...kept],
  };
}

/** `O`: a throwaway layer over the source, or one in directories of the user's own, which is kept. */
function overlayMount(text: string, source: string, destination: string, options: readonly string[]): Mount {
  const layers = options.filter((option) => /^(upperdir|workdir)=/.test(option));
  const other = options.find((option) => option !== 'O' && !layers.includes(option) && !LABELS.has(option));
  if (other !== undefined)
    throw new UsageError(`volume ${JSON.stringify(text)}: O cannot be used with ${JSON.stringify(other)}`);
  if (layers.length === 1)
    throw new UsageError(`volume ${JSON.stringify(text)}: give both upperdir and workdir, or neither`);
  return { destination: absolute(destination), type: 'overlay', source, options: ['rprivate', ...layers] };
}

/** A volume by its name, or one that is made for the container. */
export function volumeMount(
  text: string,
  name: string | undefined,
  destination: string,
  options: readonly string[],
): Mount {
  const unknown = options.find(
    (word) => !BIND_OPTIONS.has(word) && !LABELS.has(word) && !/^(no)?copy$/.test(word),
  );
  if (unknown !== undefined)
    throw new UsageError(`volume ${JSON.stringify(text)}: invalid option ${JSON.stringify(unknown)}`);
  return {
    destination: absolute(destination),
    type: 'volume',
    ...(name !== undefined && { source: name }),
    options: [...options],
  };
}

/** `[SRC:]DST[:OPTIONS]` of --volume (podman-run(1)). A source is a path if it begins as one, else the name of a volume. */
export function parseVolume(text: string): Mount {
  const [source = '', destination, options = '', ...more] = text.split(':');
  if (destination === undefined) return volumeMount(text, undefined, source, []);
  if (more.length > 0)
    throw new UsageError(
      `volume ${JSON.stringify(text)} has too many parts: write SOURCE:DESTINATION[:OPTIONS]`,
    );
  const words = options.split(',').filter(Boolean);
  if (!/^[./]/.test(source)) {
    if (source === '')
      throw new UsageError(`volume ${JSON.stringify(text)}: the name of the volume is missing`);
    return volumeMount(text, source, destination, words);
  }
  if (words.includes('O')) return overlayMount(text, path.resolve(source), destination, words);
  const unknown = words.find((word) => !BIND_OPTIONS.has(word) && !LABELS.has(word));
  if (unknown !== undefined)
    throw new UsageError(`volume ${JSON.stringify(text)}: invalid option ${JSON.stringify(unknown)}`);
  return bindMount(path.resolve(source), destination, words);
}

/** What podman gives every tmpfs: podman-run(1), --tmpfs. */
const TMPFS_OPTIONS = ['rprivate', 'nosuid', 'nodev', 'tmpcopyup'];
const TMPFS_WORDS =
  /^(ro|rw|(no)?(exec|suid|dev|tmpcopyup|atime|relatime|diratime)|r?(private|slave|shared|unbindable))$/;
/** Options with values, and what these look like: tmpfs(5). */
const TMPFS_VALUES: Readonly<Record<string, RegExp>> = {
  size: /^\d+[kmgKMG%]?$/,
  mode: /^[0-7]{1,4}$/,
  uid: /^\d+$/,
  gid: /^\d+$/,
  nr_inodes: /^\d+[kmgKMG]?$/,
  nr_blocks: /^\d+[kmgKMG]?$/,
};

/** A tmpfs that begins with what it covers, unless `notmpcopyup` says otherwise. */
export function tmpfsMount(text: string, destination: string, options: readonly string[]): Mount {
  for (const option of options) {
    const [name, value] = splitOnce(option, '=');
    const sound =
      value === undefined ? TMPFS_WORDS.test(name) : ownValue(TMPFS_VALUES, name)?.test(value) === true;
    if (!sound)
      throw new UsageError(`tmpfs ${JSON.stringify(text)}: invalid mount option ${JSON.stringify(option)}`);
  }
  const opposite = (option: string): string => (option.startsWith('no') ? option.slice(2) : `no${option}`);
  const defaults = TMPFS_OPTIONS.filter(
    (option) =>
      !options.includes(option) &&
      !options.includes(opposite(option)) &&
      !(PROPAGATIONS.test(option) && options.some((other) => PROPAGATIONS.test(other))),
  );
  return {
    destination: absolute(destination),
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...defaults, ...options.filter((option) => option !== 'notmpcopyup')],
  };
}

/** `DST[:OPTIONS]` of --tmpfs (podman-run(1)): options of tmpfs(5) and of mounts. */
export function parseTmpfs(text: string): Mount {
  const [destination, options = ''] = splitOnce(text, ':');
  return tmpfsMount(text, destination, options.split(',').filter(Boolean));
}

/** A file system of terminals: podman-run(1), --mount type=devpts. */
export function devptsMount(destination: string, options: readonly string[]): Mount {
  return { destination: absolute(destination), type: 'devpts', source: 'devpts', options: [...options] };
}
