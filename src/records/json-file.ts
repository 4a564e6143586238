import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { readTextFile } from '../linux/files/files.js';
import { RECORD_VERSION } from '../model/config.js';

/** A record of any version, before it is known to be what it should be. */
export type RawRecord = Readonly<Record<string, unknown>> & { readonly version: number };

/** Makes a record of one version one of the next. Pure; it is handed what an earlier libpod wrote. */
export type Migration = (record: RawRecord) => Readonly<Record<string, unknown>>;

/** A kind of records: which version is written now, and how earlier ones become it. */
export interface RecordKind<T extends { readonly version: number }> {
  /** The version that is written; a later one is refused, as nobody here knows what it means. */
  readonly version: T['version'];
  /** From version n to n + 1, in this order, the first from 1: one fewer than the version. */
  readonly migrations?: readonly Migration[];
  /** The kinds of JSON values of the fields that must be there (record-shape.ts). */
  readonly problem?: (record: RawRecord) => string | undefined;
}

const PRESENT: RecordKind<{ readonly version: typeof RECORD_VERSION }> = { version: RECORD_VERSION };

function damaged(file: string, what: string, cause?: unknown): LibpodError {
  return new LibpodError('ERR_RECORD_DAMAGED', `the record ${file} is damaged: ${what}`, {
    ...(cause !== undefined && { cause }),
  });
}

/** The text of a record; what stands there in place of a file is damage like any other. */
function readText(file: string): string | undefined {
  try {
    return readTextFile(file);
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_SYSTEM')) throw error;
    const name = errnoName(error.errno ?? 0);
    // Want of descriptors or memory is a fault of this process, and says nothing about the record.
    if (name === 'EMFILE' || name === 'ENFILE' || name === 'ENOMEM') throw error;
    throw damaged(file, name === 'EISDIR' ? 'it is a directory' : `it cannot be read (${name})`, error);
  }
}

/**
 * Reads a record, and brings one of an earlier version up to date; the file is left as it is. Files are small and local, so
 * reading them does not leave the event loop.
 *
 * @param kind which version is understood, and what must be in it; the present one, whatever is in it, unless given
 * @returns undefined if there is no such file
 * @throws LibpodError ERR_RECORD_DAMAGED; ERR_RECORD_NEWER for one that a later libpod wrote
 */
export function readRecord<T extends { readonly version: number }>(
  file: string,
  kind: RecordKind<T> = PRESENT as RecordKind<T>,
): T | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'it is no JSON', error);
  }
  const version = (value as Partial<RawRecord> | null)?.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw damaged(file, 'it has no version');
  if (version > kind.version) {
    throw new LibpodError(
      'ERR_RECORD_NEWER',
      `the record ${file} has version ${version}, and this libpod reads up to ${kind.version}: use the libpod that wrote it, or a later one`,
    );
  }
  let record = value as RawRecord;
  for (let from = version; from < kind.version; from++) {
    const migrate = kind.migrations?.[from - 1];
    if (migrate === undefined) throw damaged(file, `version ${from} was never written`);
    try {
      record = { ...migrate(record), version: from + 1 };
    } catch (error) {
      throw damaged(file, `it is not what version ${from} was`, error);
    }
  }
  const problem = kind.problem?.(record);
  if (problem !== undefined) throw damaged(file, problem);
  return record as unknown as T;
}

/** A record as the text of its file. */
export function recordText(record: { readonly version: number }): string {
  return `${JSON.stringify(record)}\n`;
}
