import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Names the file in which the test processes note what this machine lacks. */
const VARIABLE = 'LIBPOD_TEST_SKIPS';

/** Something that a test asked for and this machine does not have. */
export interface Lack {
  /** The test file that asked. */
  readonly file: string;
  readonly reason: string;
}

/** vitest's global setup: runs in the main process, before it starts any other. */
export default function setup(): () => void {
  const directory = mkdtempSync(path.join(tmpdir(), 'libpod-skips-'));
  process.env[VARIABLE] = path.join(directory, 'lacks');
  return () => rmSync(directory, { recursive: true });
}

/** Notes a lack; O_APPEND keeps the lines of several processes whole. */
export function noteLack(lack: Lack): void {
  const file = process.env[VARIABLE];
  if (file === undefined)
    throw new Error(`${VARIABLE} is not set: vitest.config.ts names the global setup that does it`);
  appendFileSync(file, `${JSON.stringify(lack)}\n`);
}

/** What was noted, once each. */
export function readLacks(): Lack[] {
  let text = '';
  try {
    text = readFileSync(process.env[VARIABLE] ?? '', 'utf8');
  } catch {
    return []; // nothing was noted
  }
  return [...new Set(text.split('\n').filter(Boolean))].map((line) => JSON.parse(line) as Lack);
}
