import { LibpodError } from '../base/errors.js';
import { readTextFile } from '../linux/files.js';

/** How a container ended, as its monitor recorded it (native/monitor/exit_record.h). */
export interface ExitRecord {
  /** False if it ended before its program ran. */
  readonly started: boolean;
  /** As a shell counts: 128 + signal after a signal. */
  readonly exitCode: number;
  readonly signal: number;
  readonly oomKilled: boolean;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly startedNs: bigint;
  readonly finishedNs: bigint;
  /** Bytes of output that did not fit into the log. */
  readonly logLost: number;
}

/** The record as the monitor writes it: nanoseconds do not fit into a JSON number. */
type StoredRecord = Omit<ExitRecord, 'startedNs' | 'finishedNs'> & {
  readonly version: number;
  readonly startedNs: string;
  readonly finishedNs: string;
};

/**
 * Reads an exit record.
 *
 * @returns undefined if there is none
 * @throws LibpodError ERR_RECORD_DAMAGED
 */
export function readExitRecord(path: string): ExitRecord | undefined {
  const text = readTextFile(path);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as StoredRecord;
    if (record.version !== 1) throw new RangeError(`version ${record.version}`);
    const { version: _, startedNs, finishedNs, ...rest } = record;
    return { ...rest, startedNs: BigInt(startedNs), finishedNs: BigInt(finishedNs) };
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the exit record ${path} is damaged`, { cause: error });
  }
}
