import path from 'node:path';
import type { IpcChoice, NamespaceChoice } from '../../index.js';
import { UsageError } from '../errors.js';

/** What some flags take beside the words of all: podman-run(1). */
const OTHERS: Readonly<Record<string, string>> = { network: 'none', ipc: 'shareable, none', userns: 'auto' };

/**
 * A namespace as --pid, --uts, --network and --cgroupns take it: `private`, `host`, `container:NAME` or `ns:PATH`; and
 * `none` for a network.
 */
export function parseNamespace(flag: string, text: string): NamespaceChoice {
  if (text === 'private' || text === 'host') return text;
  // Without a network to join, a private network namespace has the loopback alone: what podman calls none.
  if (text === 'none' && flag === 'network') return 'private';
  if (text.startsWith('ns:') && text.length > 'ns:'.length)
    return { path: path.resolve(text.slice('ns:'.length)) };
  if (text.startsWith('container:') && text.length > 'container:'.length)
    return { container: text.slice('container:'.length) };
  const others = OTHERS[flag];
  throw new UsageError(
    `--${flag} ${JSON.stringify(text)} is not supported: give private, host, container:NAME, ns:PATH${others === undefined ? '' : ` or ${others}`}`,
  );
}

/** The IPC namespace, as --ipc takes it: as the others, and `shareable` and `none`, which are about /dev/shm. */
export function parseIpc(text: string): IpcChoice {
  return text === 'shareable' || text === 'none' ? text : parseNamespace('ipc', text);
}
