import path from 'node:path';
import type { NamespaceChoice } from '../../index.js';
import { UsageError } from '../errors.js';

/** Other words that mean a namespace of the container's own, by flag: podman-run(1). */
const PRIVATE: Readonly<Record<string, readonly string[]>> = {
  // Without a network to join, a private network namespace has the loopback alone: what podman calls none.
  network: ['none'],
  // Whether others may join makes no difference to the container itself.
  ipc: ['shareable', 'none'],
};

/**
 * A namespace as --pid, --ipc, --uts, --network and --cgroupns take it: `private`, `host`, `container:NAME` or `ns:PATH`.
 */
export function parseNamespace(flag: string, text: string): NamespaceChoice {
  if (text === 'private' || text === 'host') return text;
  if (PRIVATE[flag]?.includes(text)) return 'private';
  if (text.startsWith('ns:') && text.length > 'ns:'.length)
    return { path: path.resolve(text.slice('ns:'.length)) };
  if (text.startsWith('container:') && text.length > 'container:'.length)
    return { container: text.slice('container:'.length) };
  const others = PRIVATE[flag]?.join(', ');
  throw new UsageError(
    `--${flag} ${JSON.stringify(text)} is not supported: give private, host, container:NAME, ns:PATH${others ? ` or ${others}` : ''}`,
  );
}
