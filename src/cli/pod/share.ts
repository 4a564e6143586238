import { ownValue } from '../../base/own-value.js';
import type { PodNamespace } from '../../index.js';
import { UsageError } from '../errors.js';

/** podman's words for the namespaces of a pod: podman-pod-create(1), --share. */
const NAMESPACES: Readonly<Record<string, PodNamespace>> = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  net: 'network',
  pid: 'pid',
  user: 'user',
  uts: 'uts',
};
const DEFAULT = ['ipc', 'net', 'uts'];

/** The word of a namespace. */
export function shareWord(namespace: PodNamespace): string {
  return Object.keys(NAMESPACES).find((word) => NAMESPACES[word] === namespace) as string;
}

/** The namespaces of --share: a list; one that begins with `+` adds to the default; `none` or nothing shares none. */
export function parseShare(text: string): PodNamespace[] {
  const adds = text.startsWith('+');
  const words = (adds ? text.slice(1) : text).split(',').filter(Boolean);
  if (!adds && (words.length === 0 || (words.length === 1 && words[0] === 'none'))) return [];
  return [...new Set([...(adds ? DEFAULT : []), ...words])].map((word) => {
    const found = ownValue(NAMESPACES, word);
    if (found === undefined)
      throw new UsageError(
        `invalid kernel namespace to share: ${word}. Options are: ${Object.keys(NAMESPACES).join(', ')} or none`,
      );
    return found;
  });
}
