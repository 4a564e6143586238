import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { readTextFile } from '../linux/files/files.js';
import { parseContainerContexts, type SelinuxContexts } from '../spec/labels.js';

const CATEGORIES = 1024;

/** Two different ones, the smaller first: `c12,c345`. */
function someCategories(): string {
  const first = randomInt(CATEGORIES);
  const second = (first + 1 + randomInt(CATEGORIES - 1)) % CATEGORIES;
  return `c${Math.min(first, second)},c${Math.max(first, second)}`;
}

/**
 * What this machine's SELinux gives containers; undefined where it is off.
 *
 * @see selinux_config(5), and lxc_contexts in selinux_lxc_contexts_path(3)
 * @throws LibpodError ERR_UNSUPPORTED if its policy says nothing of containers
 */
export function selinuxContexts(): SelinuxContexts | undefined {
  if (!existsSync('/sys/fs/selinux/enforce')) return undefined;
  const config = readTextFile('/etc/selinux/config') ?? '';
  const type = /^\s*SELINUXTYPE\s*=\s*(\w+)\s*$/m.exec(config)?.[1] ?? 'targeted';
  const file = `/etc/selinux/${type}/contexts/lxc_contexts`;
  const contexts = parseContainerContexts(readTextFile(file) ?? '');
  if (contexts === undefined)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `label options were given, but ${file} has no labels for containers: install the policy (container-selinux), or give disable`,
    );
  return { ...contexts, categories: someCategories() };
}
