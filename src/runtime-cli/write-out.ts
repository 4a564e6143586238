import { writeSync } from 'node:fs';
import { nodeErrorCode } from '../base/errno.js';

/** How long a pipe that is full is left alone. */
const PAUSE_MS = 5;

/**
 * Writes all of a text to a descriptor. Not by process.stdout and process.stderr: Node makes pipes non-blocking for them, and a
 * container that has got the same open file would meet EAGAIN.
 */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = nodeErrorCode(error);
      // Nobody reads any more.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

/** Writes a line to stdout. */
export function writeOut(line: string): void {
  writeAll(1, `${line}\n`);
}
