import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LibpodError } from '../base/errors.js';
import { DEFAULT_PATH } from '../base/default-path.js';
import type { MonitorPool } from '../monitor/pool.js';
import { BUILTIN, type BuiltinRuntime } from './builtin.js';
import { ExternalRuntime } from './external.js';
import type { OciRuntime } from './runtime.js';

/** Which OCI runtimes an engine knows. */
export interface RuntimeChoices {
  /** The one of containers that do not say: a name, or an absolute path; the built-in one, `libpod`, unless given. */
  readonly runtime?: string | undefined;
  /** Where runtimes are, by name, as in the table `engine.runtimes` of containers.conf(5): the first path that can be executed. */
  readonly runtimes?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How long one run of such a runtime may take, in seconds; 60 unless given. */
  readonly runtimeTimeout?: number | undefined;
}

/** What a container's configuration records of its runtime. */
export interface ChosenRuntime {
  /** As it was asked for. */
  readonly runtimeName: string;
  /** Its program; the built-in one has none. */
  readonly runtimePath?: string | undefined;
}

const DEFAULT_TIMEOUT = 60;
/** Where containers.conf(5) has runtimes. */
const DIRECTORIES = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/sbin',
  '/bin',
  '/run/current-system/sw/bin',
];
/** The command line of the built-in one, as this package brings it. */
const LIBPOD_OCI = fileURLToPath(new URL('../../dist/bundle/libpod-oci.js', import.meta.url));

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** The OCI runtimes of an engine: the built-in one, and others by name or path. */
export class Runtimes {
  readonly #builtin: BuiltinRuntime;
  readonly #monitors: MonitorPool;
  readonly #choices: RuntimeChoices;
  readonly #known = new Map<string, ExternalRuntime>();

  /** @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NOT_FOUND */
  constructor(builtin: BuiltinRuntime, monitors: MonitorPool, choices: RuntimeChoices) {
    const { runtimes = {}, runtimeTimeout = DEFAULT_TIMEOUT } = choices;
    for (const [name, paths] of Object.entries(runtimes)) {
      if (name === BUILTIN || name.includes('/') || name === '')
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `runtimes has the name ${JSON.stringify(name)}, which no OCI runtime can have; give it another`,
        );
      const wrong = paths.find((one) => !path.isAbsolute(one));
      if (wrong !== undefined)
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `runtimes.${name} has ${JSON.stringify(wrong)}, which is no absolute path`,
        );
    }
    if (!Number.isFinite(runtimeTimeout) || runtimeTimeout <= 0)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `runtimeTimeout is ${runtimeTimeout}, but must be a number of seconds above 0`,
      );
    this.#builtin = builtin;
    this.#monitors = monitors;
    this.#choices = choices;
    if (choices.runtime !== undefined) this.choose();
  }

  /**
   * Finds a runtime for a new container: `libpod` is the built-in one; a name is looked up in the engine's table, where
   * containers.conf(5) has runtimes, and in $PATH; a path is taken as it is.
   *
   * @throws LibpodError ERR_NOT_FOUND, ERR_INVALID_ARGUMENT for a file that cannot be executed
   */
  choose(asked = this.#choices.runtime ?? BUILTIN): ChosenRuntime {
    if (asked === BUILTIN) return { runtimeName: BUILTIN };
    if (asked.includes('/') || asked === '') return { runtimeName: asked, runtimePath: this.#path(asked) };
    const places = this.#placesOf(asked);
    const found = places.find(isExecutable);
    if (found !== undefined) return { runtimeName: asked, runtimePath: found };
    const there = places.find(isThere);
    if (there !== undefined) throw notExecutable(asked, there);
    const table = this.#choices.runtimes?.[asked];
    throw new LibpodError(
      'ERR_NOT_FOUND',
      table === undefined
        ? `OCI runtime ${JSON.stringify(asked)} was not found, neither in ${DIRECTORIES.join(', ')} nor in $PATH; install it, or give its path`
        : `OCI runtime ${JSON.stringify(asked)} was not found at ${table.join(', ')} (runtimes), nor in $PATH; install it, or give its path`,
    );
  }

  #placesOf(name: string): readonly string[] {
    const table = this.#choices.runtimes?.[name];
    const usual = name === 'libpod-oci' ? [LIBPOD_OCI] : DIRECTORIES.map((one) => path.join(one, name));
    const search = (process.env['PATH'] ?? DEFAULT_PATH).split(':').filter((one) => path.isAbsolute(one));
    return [...(table ?? usual), ...search.map((one) => path.join(one, name))];
  }

  #path(asked: string): string {
    if (!path.isAbsolute(asked))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `OCI runtime ${JSON.stringify(asked)} is neither a name nor an absolute path`,
      );
    if (!isThere(asked))
      throw new LibpodError(
        'ERR_NOT_FOUND',
        `there is no OCI runtime ${asked}; install it, or choose another`,
      );
    if (!isExecutable(asked)) throw notExecutable(asked, asked);
    return asked;
  }

  /** The runtime of a container. */
  of({ runtimeName, runtimePath }: ChosenRuntime): OciRuntime {
    if (runtimePath === undefined) return this.#builtin;
    const key = `${runtimeName}\0${runtimePath}`;
    let runtime = this.#known.get(key);
    if (runtime === undefined) {
      runtime = new ExternalRuntime(this.#monitors, {
        name: runtimeName,
        path: runtimePath,
        environment: [`PATH=${process.env['PATH'] ?? DEFAULT_PATH}`],
        timeoutMs: Math.ceil((this.#choices.runtimeTimeout ?? DEFAULT_TIMEOUT) * 1000),
      });
      this.#known.set(key, runtime);
    }
    return runtime;
  }
}

function notExecutable(asked: string, file: string): LibpodError {
  const where = asked === file ? '' : ` (${file})`;
  return new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `OCI runtime ${asked}${where} is no file that can be executed; correct its mode, or choose another`,
  );
}
