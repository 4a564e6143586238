import type { Container, Runtime } from '../index.js';
import { ExitError, exitCodeOf, reportError, UsageError } from './errors.js';

/** A name as it was written, and the container that has it. */
export interface Named {
  readonly written: string;
  readonly container: Container;
}

/**
 * Checks the names of a command that takes either names or --all.
 *
 * @throws UsageError with podman's sentences
 */
export function requireNames(names: readonly string[], all: boolean | undefined): void {
  if (all && names.length > 0) throw new UsageError('no arguments are needed with --all');
  if (!all && names.length === 0) throw new UsageError('you must provide at least one name or id');
}

/** Several failures of one command make one exit code: the first failure decides. */
export class Failures {
  #code: number | undefined;
  readonly #codeOf: (error: unknown) => number;

  constructor(codeOf: (error: unknown) => number = exitCodeOf) {
    this.#codeOf = codeOf;
  }

  /** Prints a failure and remembers it. */
  add(error: unknown): void {
    reportError(error);
    this.#code ??= this.#codeOf(error);
  }

  /** @throws ExitError if there was a failure */
  raise(): void {
    if (this.#code !== undefined) throw new ExitError(this.#code);
  }
}

/** What to do with several containers. */
export interface EachOptions {
  /** Pass over names that no container has; a text is printed for each of them. */
  readonly ignoreMissing?: boolean | string | undefined;
  readonly codeOf?: ((error: unknown) => number) | undefined;
  /** Does the work; answers what to print, if anything. */
  readonly work: (named: Named) => Promise<string | undefined>;
}

/**
 * Does the same to several containers, all at once, and prints the answers in the order of the names. A failure does not
 * keep the others from their turn: it is printed, and decides the exit code.
 */
export async function forEachContainer(
  runtime: Runtime,
  names: readonly string[],
  options: EachOptions,
): Promise<void> {
  const failures = new Failures(options.codeOf);
  const work = names.map(async (written) => {
    const { ignoreMissing = false } = options;
    if (ignoreMissing !== false && !runtime.hasContainer(written))
      return ignoreMissing === true ? undefined : ignoreMissing;
    return options.work({ written, container: runtime.lookupContainer(written) });
  });
  for (const one of await Promise.allSettled(work)) {
    if (one.status === 'rejected') failures.add(one.reason);
    else if (one.value !== undefined) process.stdout.write(`${one.value}\n`);
  }
  failures.raise();
}
