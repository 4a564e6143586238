import { existsSync, writeFileSync } from 'node:fs';
import { UsageError } from '../errors.js';

/** Refuses a --cidfile that exists, before anything is made: podman-run(1). */
export function checkCidFile(file: string | undefined): void {
  if (file !== undefined && existsSync(file)) {
    throw new UsageError(
      `container id file ${file} exists: ensure that no other container uses it, or remove it`,
    );
  }
}

/** Writes the ID of a new container into --cidfile. */
export function writeCidFile(file: string | undefined, id: string): void {
  if (file === undefined) return;
  try {
    // Exclusive: another one may have come since the check.
    writeFileSync(file, id, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`cannot write container id file ${file}: ${(error as Error).message}`);
  }
}
