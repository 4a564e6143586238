import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { busyboxRoot } from './rootfs.js';
import { TestStore } from './store.js';

/** The command as npm installs it: the built file, run by its first line. */
export const LIBPOD = fileURLToPath(new URL('../../dist/bundle/libpod.js', import.meta.url));

/** How a command ended, and what it wrote. */
export interface CommandResult {
  /** 128 + signal after a signal, as a shell counts. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The bytes of stdout. */
  readonly bytes: Buffer;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  /** Waits until stdout holds a text. */
  saw(text: string): Promise<void>;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };
const LOOK_AGAIN_MS = 20;

/** Starts a program. Its stdin is what is given, and ends after it; it stays open for `undefined`. */
export function launchProgram(
  program: string,
  args: readonly string[],
  input: Buffer | string | undefined,
  env = process.env,
): Running {
  const child = spawn(program, args, { stdio: 'pipe', env });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  // A program may end before it has read everything.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  let over = false;
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      over = true;
      const bytes = Buffer.concat(stdout);
      const status = code ?? 128 + (SIGNALS[signal ?? ''] ?? 0);
      resolve({ status, bytes, stdout: bytes.toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
  const saw = async (text: string): Promise<void> => {
    while (!Buffer.concat(stdout).includes(text)) {
      if (over)
        throw new Error(
          `the command ended without ${JSON.stringify(text)}: ${Buffer.concat(stderr).toString()}`,
        );
      await sleep(LOOK_AGAIN_MS);
    }
  };
  return { child, ended, saw };
}

/** The command line over a store of one test's own, with a busybox root. */
export class TestCommand implements AsyncDisposable {
  readonly store: TestStore;
  /** A root file system of busybox. */
  readonly rootfs: string;
  readonly globals: readonly string[];

  constructor() {
    if (!existsSync(LIBPOD)) throw new Error(`${LIBPOD} is missing: run npm run build first`);
    this.store = TestStore.make();
    this.rootfs = busyboxRoot(this.store.makeDirectory('rootfs'));
    const { root, runRoot, cgroupParent } = this.store.options;
    this.globals = ['--root', root, '--runroot', runRoot, '--cgroup-parent', cgroupParent];
  }

  /** The root under a throwaway overlay: what most tests run in. */
  get overlay(): readonly string[] {
    return ['--rootfs', `${this.rootfs}:O`];
  }

  /** A path of the test. */
  readonly file = (name: string): string => path.join(this.store.directory, name);

  /** Starts `libpod ARGS`; its stdin stays open unless input is given. */
  start(args: readonly string[], input?: Buffer | string): Running {
    return launchProgram(LIBPOD, [...this.globals, ...args], input);
  }

  /** Runs `libpod ARGS` to its end, with nothing on stdin. */
  libpod(...args: readonly string[]): Promise<CommandResult> {
    return this.start(args, '').ended;
  }

  /** The same, for what must succeed: its output, without the last newline. */
  async ok(...args: readonly string[]): Promise<string> {
    const result = await this.libpod(...args);
    if (result.status !== 0)
      throw new Error(`libpod ${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
    return result.stdout.replace(/\n$/, '');
  }

  /** Removes all containers, and fails if anything of them is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // In this process: two commands after each test were a sixth of the time of all.
      await this.store.removeContainers();
    } finally {
      await this.store[Symbol.asyncDispose]();
    }
  }
}

/** Runs a test body with the command over a store of its own; fails if the body leaves anything behind. */
export function withCommand(body: (command: TestCommand) => Promise<void>): () => Promise<void> {
  return async () => {
    await using command = new TestCommand();
    await body(command);
  };
}
