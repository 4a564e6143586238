import path from 'node:path';
import { isId } from '../base/ids.js';
import { isSameProcess, startTicks } from '../linux/processes/processes.js';

/**
 * Names for directories that are being made: `.new-ID.PID.TICKS`. The name says whose work it is, so a sweep can tell what
 * a living process is making from what a dead one left.
 */
const PATTERN = /^\.new-([0-9a-f]+)\.(\d+)\.(\d+)$/;

let own: string | undefined;

/** The name under which this process makes the directory of a container. */
export function newDirectoryName(id: string): string {
  own ??= `${process.pid}.${startTicks(process.pid)}`;
  return `.new-${id}.${own}`;
}

/** The container that an unfinished directory is for, and whether its maker still lives; undefined for other names. */
export function parseNewDirectory(name: string): { id: string; alive: boolean } | undefined {
  const match = PATTERN.exec(name);
  if (!match) return undefined;
  const [, id = '', pid, ticks = '0'] = match;
  return { id, alive: isSameProcess({ pid: Number(pid), startTicks: BigInt(ticks) }) };
}

/** The name under which a directory is taken apart (native/sys/file.h, DiscardTree). */
export function goneName(directory: string): string {
  return path.join(path.dirname(directory), `.gone-${path.basename(directory)}`);
}

/** The container whose directory is taken apart under this name. */
export function parseGoneName(name: string): string | undefined {
  const id = name.slice('.gone-'.length);
  return name.startsWith('.gone-') && isId(id) ? id : undefined;
}
