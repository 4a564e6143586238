import path from 'node:path';
import type { Mount } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { parseSize } from './values.js';

/** Options that ask for a label or for propagation of which nothing is done here; SELinux is not supported, so they change nothing. */
const LABELS = new Set(['z', 'Z']);
const BIND_OPTIONS = new Set([
  ...['ro', 'rw', 'exec', 'noexec', 'suid', 'nosuid', 'dev', 'nodev', 'bind', 'rbind'],
  ...['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable'],
]);
const PROPAGATIONS = /^r?(private|slave|shared|unbindable)$/;

function absolute(destination: string): string {
  if (!destination.startsWith('/'))
    throw new UsageError(`invalid container path ${JSON.stringify(destination)}, must be an absolute path`);
  return destination;
}

function bindMount(source: string, destination: string, options: readonly string[]): Mount {
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

/**
 * `SRC:DST[:OPTIONS]` of --volume (podman-run(1)). A source is a path, as there are no named volumes.
 */
export function parseVolume(text: string): Mount {
  const [source = '', destination, options = '', ...more] = text.split(':');
  if (destination === undefined) {
    absolute(source);
    throw new UsageError(
      `volume ${JSON.stringify(text)}: anonymous volumes are not supported; write SOURCE:DESTINATION`,
    );
  }
  if (more.length > 0)
    throw new UsageError(
      `volume ${JSON.stringify(text)} has too many parts: write SOURCE:DESTINATION[:OPTIONS]`,
    );
  if (!/^[./]/.test(source)) {
    throw new UsageError(
      `volume ${JSON.stringify(text)}: named volumes are not supported; write a path that starts with / or . as the source`,
    );
  }
  const words = options.split(',').filter(Boolean);
  const unknown = words.find((word) => !BIND_OPTIONS.has(word) && !LABELS.has(word));
  if (unknown !== undefined)
    throw new UsageError(`volume ${JSON.stringify(text)}: invalid option ${JSON.stringify(unknown)}`);
  return bindMount(path.resolve(source), destination, words);
}

/** What podman gives every tmpfs: podman-run(1), --tmpfs. Files beneath are not copied up. */
const TMPFS_OPTIONS = ['rprivate', 'nosuid', 'nodev'];

function tmpfsMount(destination: string, options: readonly string[]): Mount {
  const opposite = (option: string): string => (option.startsWith('no') ? option.slice(2) : `no${option}`);
  const defaults = TMPFS_OPTIONS.filter(
    (option) => !options.includes(option) && !options.includes(opposite(option)),
  );
  return {
    destination: absolute(destination),
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...defaults, ...options],
  };
}

/** `DST[:OPTIONS]` of --tmpfs (podman-run(1)): options of tmpfs(5) and of mounts. */
export function parseTmpfs(text: string): Mount {
  const [destination, options = ''] = splitOnce(text, ':');
  return tmpfsMount(destination, options.split(',').filter(Boolean));
}

/** Whether a key such as `ro` or `ro=true` of --mount is on. */
function isOn(text: string, value: string | undefined): boolean {
  if (value === undefined || value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new UsageError(`mount ${JSON.stringify(text)}: ${JSON.stringify(value)} is neither true nor false`);
}

/** The keys of --mount, read into options; podman-run(1). */
interface MountKeys {
  type: string;
  source: string | undefined;
  destination: string | undefined;
  options: string[];
}

function readKey(keys: MountKeys, text: string, key: string, value: string | undefined): void {
  const needed = (): string => {
    if (value === undefined || value === '')
      throw new UsageError(`mount ${JSON.stringify(text)}: ${key} needs a value`);
    return value;
  };
  switch (key) {
    case 'type':
      keys.type = needed();
      return;
    case 'src':
    case 'source':
      keys.source = needed();
      return;
    case 'dst':
    case 'target':
    case 'destination':
      keys.destination = needed();
      return;
    case 'ro':
    case 'readonly':
      keys.options.push(isOn(text, value) ? 'ro' : 'rw');
      return;
    case 'rw':
      keys.options.push(isOn(text, value) ? 'rw' : 'ro');
      return;
    case 'exec':
    case 'suid':
    case 'dev':
      keys.options.push(isOn(text, value) ? key : `no${key}`);
      return;
    case 'noexec':
    case 'nosuid':
    case 'nodev':
      if (isOn(text, value)) keys.options.push(key);
      return;
    case 'bind-propagation':
      if (!PROPAGATIONS.test(needed()))
        throw new UsageError(
          `mount ${JSON.stringify(text)}: invalid bind-propagation ${JSON.stringify(value)}`,
        );
      keys.options.push(needed());
      return;
    case 'bind-nonrecursive':
      keys.options.push(isOn(text, value) ? 'bind' : 'rbind');
      return;
    case 'relabel':
      return;
    case 'tmpfs-size':
      keys.options.push(`size=${parseSize('tmpfs-size', needed())}`);
      return;
    case 'tmpfs-mode':
      keys.options.push(`mode=${needed()}`);
      return;
    default:
      throw new UsageError(`mount ${JSON.stringify(text)}: invalid mount option ${JSON.stringify(key)}`);
  }
}

/** `type=bind,src=/a,dst=/b,ro` and `type=tmpfs,dst=/t,tmpfs-size=1m` of --mount (podman-run(1)). */
export function parseMount(text: string): Mount {
  const keys: MountKeys = { type: '', source: undefined, destination: undefined, options: [] };
  for (const word of text.split(',')) {
    const [key, value] = splitOnce(word, '=');
    readKey(keys, text, key, value);
  }
  const { type, source, destination, options } = keys;
  if (destination === undefined)
    throw new UsageError(`mount ${JSON.stringify(text)}: must set volume destination`);
  switch (type) {
    case 'bind':
      if (source === undefined)
        throw new UsageError(`mount ${JSON.stringify(text)}: a bind mount needs a source`);
      return bindMount(path.resolve(source), destination, options);
    case 'tmpfs':
      return tmpfsMount(destination, options);
    default:
      throw new UsageError(
        `mount ${JSON.stringify(text)}: invalid filesystem type ${JSON.stringify(type)}; give type=bind or type=tmpfs`,
      );
  }
}
