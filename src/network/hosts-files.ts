import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { makeDirectories } from '../base/make-directories.js';
import { readTextFile } from '../linux/files/files.js';

/** What stands of a container in the hosts files of its neighbours: hosts(5). */
export interface HostLine {
  readonly address: string;
  readonly names: readonly string[];
}

/** The names of a container in each of its networks. */
export type NamesByNetwork = Readonly<Record<string, readonly string[]>>;

/** Lines are filled up to a multiple of this, so that another container's fits in the place of one that has left. */
const SLOT = 64;
/** The digits of an ID by which people know a container: the last name of each line, and its mark. */
const MARK = 12;
/** A container may write to its own hosts file, so nobody reads it for ever. */
const MOST_BYTES = 1 << 20;
/** Not waiting for one who holds a lease of the file (fcntl(2), F_SETLEASE): it is the container's. */
const OPEN = constants.O_RDWR | constants.O_NONBLOCK;
const SLOT_LINE = /^(#?)([^\n\t]*)\t[^\n\t]*\t([0-9a-f]{12}) *\n/gm;

/** The digits of an ID by which a container is known among its neighbours. */
export function markOf(containerId: string): string {
  return containerId.slice(0, MARK);
}

/** A line of a neighbour: it ends in a tab and the mark of its container, which is a name like the others. */
export function slotLine({ address, names }: HostLine, mark: string): string {
  const text = `${address}\t${names.join(' ')}\t${mark}`;
  return `${text.padEnd(Math.ceil((text.length + 1) / SLOT) * SLOT - 1)}\n`;
}

/**
 * The hosts files of the containers that are in networks, and the names that they have there. A link `ID` leads to the
 * file of each container, and `ID.names` has its names: the file itself is the container's to write to, and what it says
 * is no neighbour's to believe.
 *
 * Files change in place, as they are mounted, and while others read: a line is added whole by one write(2), and becomes a
 * comment by one byte (native/sys/leave_networks.cc does the same for a container that ends). Whoever adds lines holds
 * the lock of the networks.
 */
export class HostsFiles {
  readonly directory: string;

  /** @param directory of this boot */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes a container known, before it has an address. @param file its hosts file, which need not be there yet */
  register(containerId: string, file: string, names: NamesByNetwork): void {
    const link = path.join(this.directory, containerId);
    makeDirectories(this.directory, 0o700);
    // First: without it a container has nothing to leave.
    writeFileSync(`${link}.names`, JSON.stringify(names), { mode: 0o600 });
    rmSync(link, { force: true });
    symlinkSync(file, link);
  }

  /** The hosts file of a container that is in networks. */
  fileOf(containerId: string): string | undefined {
    try {
      return readlinkSync(path.join(this.directory, containerId));
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The names of a container in a network; its mark is one without saying. */
  namesOf(containerId: string, network: string): readonly string[] {
    const text = readTextFile(path.join(this.directory, `${containerId}.names`));
    if (text === undefined) return [];
    return (JSON.parse(text) as NamesByNetwork)[network] ?? [];
  }

  /** Adds lines of one container to the file of another; a file that is not there, or is held by its container, is passed over. */
  add(toId: string, lines: readonly HostLine[], ofId: string): void {
    this.#edit(toId, (fd, text) => {
      const free = [...text.matchAll(SLOT_LINE)].filter(([, comment]) => comment === '#');
      const behind: string[] = [];
      for (const line of lines) {
        const slot = slotLine(line, markOf(ofId));
        const place = free.findIndex(([old]) => old.length >= slot.length);
        const [found] = place < 0 ? [] : free.splice(place, 1);
        if (found === undefined) behind.push(slot);
        else writeSync(fd, `${slot.slice(0, -1).padEnd(found[0].length - 1)}\n`, found.index, 'latin1');
      }
      const end = text.length;
      const gap = end > 0 && !text.endsWith('\n') ? '\n' : '';
      if (behind.length > 0) writeSync(fd, gap + behind.join(''), end, 'latin1');
    });
  }

  /** Takes the lines of one container out of the file of another. @param addresses only those of these; all unless given */
  remove(fromId: string, ofId: string, addresses?: readonly string[]): void {
    this.#edit(fromId, (fd, text) => {
      for (const found of text.matchAll(SLOT_LINE)) {
        const [, comment, address = '', mark] = found;
        if (comment === '' && mark === markOf(ofId) && (addresses?.includes(address) ?? true))
          writeSync(fd, '#', found.index, 'latin1');
      }
    });
  }

  /** Forgets a container that is no more, wherever it stands. */
  forget(containerId: string): void {
    for (const other of this.#known()) if (other !== containerId) this.remove(other, containerId);
    const link = path.join(this.directory, containerId);
    rmSync(link, { force: true });
    rmSync(`${link}.names`, { force: true });
  }

  #known(): string[] {
    try {
      return readdirSync(this.directory).filter((name) => !name.includes('.'));
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #edit(containerId: string, change: (fd: number, text: string) => void): void {
    let fd: number;
    try {
      fd = openSync(path.join(this.directory, containerId), OPEN);
    } catch (error) {
      if (['ENOENT', 'EAGAIN'].includes(nodeErrorCode(error) ?? '')) return;
      throw error;
    }
    try {
      const { size } = fstatSync(fd);
      if (size > MOST_BYTES) return;
      const text = Buffer.alloc(size);
      // As bytes: places in the text are places in the file.
      change(fd, text.toString('latin1', 0, readSync(fd, text, 0, size, 0)));
    } finally {
      closeSync(fd);
    }
  }
}
