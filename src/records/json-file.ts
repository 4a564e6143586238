import { readFileSync } from 'node:fs';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { RECORD_VERSION } from '../model/config.js';

/** Reads a record. Files are small and local, so reading them does not leave the event loop. */
export function readRecord<T extends { readonly version: number }>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read the record ${file}`, error);
  }
  let record: T;
  try {
    record = JSON.parse(text) as T;
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the record ${file} is damaged: it is no JSON`, { cause: error });
  }
  if (record.version !== RECORD_VERSION) {
    throw new LibpodError(
      'ERR_RECORD_DAMAGED',
      `the record ${file} has version ${record.version}; this libpod reads version ${RECORD_VERSION}`,
    );
  }
  return record;
}

/** A record as its bytes. */
export function recordBytes(record: { readonly version: number }): Uint8Array {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}
