import { LibpodError } from '../base/errors.js';

/** Whether an error says that a record cannot be used: damaged, or written by a later libpod. */
export function isUnreadable(error: unknown): error is LibpodError {
  return LibpodError.is(error, 'ERR_RECORD_DAMAGED') || LibpodError.is(error, 'ERR_RECORD_NEWER');
}

/** Runs a function; an error about a record then says of which container it is. */
export function ofContainer<T>(id: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isUnreadable(error) || error.containerId !== undefined) throw error;
    const hint = `remove it with \`libpod rm --force ${id.slice(0, 12)}\`, or mend the file`;
    throw new LibpodError(error.code, `container ${id} cannot be used: ${error.message}; ${hint}`, {
      cause: error,
      containerId: id,
    });
  }
}
