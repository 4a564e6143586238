import { LibpodError } from '../base/errors.js';
import { readTextFile } from '../linux/files.js';
import { RECORD_VERSION } from '../model/config.js';

/** Reads a record. Files are small and local, so reading them does not leave the event loop. */
export function readRecord<T extends { readonly version: number }>(file: string): T | undefined {
  const text = readTextFile(file);
  if (text === undefined) return undefined;
  // Any JSON may stand there, `null` too.
  let record: T | null;
  try {
    record = JSON.parse(text) as T | null;
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the record ${file} is damaged: it is no JSON`, {
      cause: error,
    });
  }
  if (record?.version !== RECORD_VERSION) {
    throw new LibpodError(
      'ERR_RECORD_DAMAGED',
      `the record ${file} has version ${record?.version}; this libpod reads version ${RECORD_VERSION}`,
    );
  }
  return record;
}

/** A record as the text of its file. */
export function recordText(record: { readonly version: number }): string {
  return `${JSON.stringify(record)}\n`;
}
