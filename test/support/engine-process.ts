import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TestStore } from './store.js';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Other processes run the built library; one that is older than its sources would prove nothing. */
function checkBuilt(): void {
  for (const entry of readdirSync(SRC, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    // The command line is no part of what such a process loads.
    if (entry.parentPath.startsWith(path.join(SRC, 'cli'))) continue;
    const source = path.join(entry.parentPath, entry.name);
    const built = path.join(DIST, path.relative(SRC, source).replace(/ts$/, 'js'));
    const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (builtAt < statSync(source).mtimeMs)
      throw new Error(`${built} is older than its source: run "npm run build:ts"`);
  }
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/**
 * Another engine: a Node process with the built library, that runs a piece of JavaScript. In it, `Runtime` is the class,
 * `options` open the test's store, `say(value)` hands a value to this process, and `await never` waits for the end.
 */
export class EngineProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly ended: Promise<ProcessEnd>;

  /**
   * @param network `own` for a network namespace of the process's own, with nothing in it but a loopback that is down
   * @param more.preload a module that is loaded before the library
   * @param more.env what its environment has in addition
   * @param more.through a command that runs it: the program and its arguments follow
   */
  constructor(
    store: Pick<TestStore, 'options'>,
    script: string,
    network: 'shared' | 'own' = 'shared',
    more: {
      readonly preload?: string;
      readonly env?: NodeJS.ProcessEnv;
      readonly through?: readonly string[];
    } = {},
  ) {
    checkBuilt();
    const code = `
      import { Runtime, LibpodError } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      import { writeSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      const options = ${JSON.stringify(store.options)};
      const say = (value) => writeSync(1, JSON.stringify(value) + '\\n');
      // Only who waits for it is kept alive by it.
      const never = { then: () => setInterval(() => undefined, 1e6) };
      ${script}`;
    // A process group of its own, so that a test can signal all of it, as a terminal does.
    const preload = more.preload === undefined ? [] : ['--import', more.preload];
    const words = [process.execPath, ...preload, '--input-type=module', '-e', code];
    if (network === 'own') words.unshift('unshare', '--net', '--');
    words.unshift(...(more.through ?? []));
    this.#child = spawn(words[0] as string, words.slice(1), {
      env: { ...process.env, ...more.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    let stderr = '';
    this.#child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => resolve({ code, signal, stderr })),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next value that the process says. */
  async next<T = unknown>(): Promise<T> {
    const line = await this.#lines.next();
    if (line.done === true)
      throw new Error(`the engine process said nothing more: ${(await this.ended).stderr}`);
    return JSON.parse(line.value) as T;
  }

  /** Hands text to its standard input. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Kills it in the middle of whatever it does. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ProcessEnd> {
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#reader.close();
  }
}
