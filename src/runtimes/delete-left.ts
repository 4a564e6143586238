import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { RUNTIME_RECORD, type RuntimeRecord } from '../launch/external.js';
import { readTextFile } from '../linux/files/files.js';

function recordIn(directory: string): RuntimeRecord | undefined {
  const text = readTextFile(path.join(directory, RUNTIME_RECORD));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RuntimeRecord;
  } catch {
    // The machine was switched off while it was written: nothing ran then.
    return undefined;
  }
}

/**
 * Has an OCI runtime delete what a killed monitor left of its container, and takes its directory away. What the runtime
 * answers does not matter: it may know nothing of the container any more, or be no longer installed; the cgroups are
 * emptied after it all the same.
 *
 * @param directory the container's directory for its runtime; nothing is done if it is not there
 */
export async function deleteLeft(directory: string): Promise<void> {
  const record = recordIn(directory);
  if (record !== undefined) {
    const { words, environment, timeoutMs } = record;
    const [program = '', ...rest] = words;
    const env = Object.fromEntries(
      environment.map((entry) => {
        const at = entry.indexOf('=');
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
    await new Promise<void>((resolve) => {
      execFile(program, rest, { env, timeout: timeoutMs, killSignal: 'SIGKILL' }, () => resolve());
    });
  }
  rmSync(directory, { recursive: true, force: true });
}
