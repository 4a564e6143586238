import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MonitorExecutable } from './processes/monitor.js';

/** Opened at the first need and kept: one descriptor for the life of this process. */
let executable: MonitorExecutable | undefined;

/**
 * The helper's executable, for what no thread of this process can do: entering user, PID and time namespaces. It is the
 * monitor's, so nobody can write to it either.
 *
 * @throws LibpodError ERR_NOT_PRIVILEGED, ERR_UNSUPPORTED
 */
export function helperExecutable(): number {
  if (executable === undefined) {
    const empty = mkdtempSync(path.join(tmpdir(), 'libpod-empty-'));
    try {
      executable = new MonitorExecutable(empty);
    } finally {
      rmdirSync(empty);
    }
  }
  return executable.fd;
}
