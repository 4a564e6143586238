/** The name of the warnings of this library among those of a process (process.emitWarning of Node). */
const NAME = 'LibpodWarning';

/** What warnings are about; stable, as the codes of errors are. */
export type WarningCode = 'LIBPOD_FORWARDING';

/** Tells of something that is well by itself, but will not do what the user expects: an event `warning` of the process. */
export function warn(sentence: string, code: WarningCode): void {
  process.emitWarning(sentence, { type: NAME, code });
}

/** Whether a warning of the process is one of this library's. */
export function isWarning(warning: Error): boolean {
  return warning.name === NAME;
}
