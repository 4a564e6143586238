import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Linux, Mount, RuntimeSpec } from '../../src/oci/runtime-spec.js';
import { launchProgram, type CommandResult, type Running } from './cli.js';
import { busyboxRoot } from './rootfs.js';
import { TestStore } from './store.js';

/** The command as npm installs it: the built file, run by its first line. */
export const LIBPOD_OCI = fileURLToPath(new URL('../../dist/bundle/libpod-oci.js', import.meta.url));

const RUNC_SPEC = fileURLToPath(new URL('../fixtures/runc-1.1.5-spec.json', import.meta.url));

/** What `runc spec` writes has these members. */
export type WrittenSpec = RuntimeSpec & { readonly linux: Linux; readonly mounts: Mount[] };

/** The OCI runtime's command line over a state root of one test's own, with bundles of busybox. */
export class OciCommand {
  readonly root: string;
  readonly rootfs: string;
  #bundles = 0;
  #commands = 0;

  constructor(readonly store: TestStore) {
    this.root = path.join(store.directory, 'oci');
    this.rootfs = busyboxRoot(store.makeDirectory('rootfs'));
  }

  /** A path of the test. */
  readonly file = (name: string): string => path.join(this.store.directory, name);

  /** Makes a bundle: what `runc spec` writes, with these arguments and changes. */
  bundle(args: readonly string[], change: (spec: WrittenSpec) => void = () => undefined): string {
    const spec = JSON.parse(readFileSync(RUNC_SPEC, 'utf8')) as WrittenSpec;
    const name = `bundle${this.#bundles++}`;
    Object.assign(spec.process, { args, terminal: false });
    spec.root = { path: this.rootfs };
    spec.linux.cgroupsPath = `${this.store.cgroupParent}/${name}`;
    change(spec);
    const directory = this.store.makeDirectory(name);
    writeFileSync(path.join(directory, 'config.json'), JSON.stringify(spec));
    return directory;
  }

  /** Starts `libpod-oci ARGS`; its stdin stays open unless input is given. */
  start(args: readonly string[], input?: string): Running {
    return launchProgram(LIBPOD_OCI, ['--root', this.root, ...args], input);
  }

  /**
   * Runs `libpod-oci ARGS` to its end, with nothing on stdin. Its output goes to files: a container that it leaves behind has
   * them too, and would hold pipes open.
   */
  async oci(...args: readonly string[]): Promise<Omit<CommandResult, 'bytes'>> {
    const number = this.#commands++;
    const files = ['out', 'err'].map((name) => this.file(`${name}${number}`));
    const fds = files.map((file) => openSync(file, 'w'));
    const child = spawn(LIBPOD_OCI, ['--root', this.root, ...args], { stdio: ['ignore', ...fds] });
    for (const fd of fds) closeSync(fd);
    const status = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? -1));
    });
    const [stdout = '', stderr = ''] = files.map((file) => readFileSync(file, 'utf8'));
    return { status, stdout, stderr };
  }

  /** The same, for what must succeed: its output, without the last newline. */
  async ok(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.oci(...args);
    if (status !== 0) throw new Error(`libpod-oci ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout.replace(/\n$/, '');
  }

  /** The same, for what must fail: what it says, and its status if that is not 1. */
  async fails(...args: readonly string[]): Promise<string> {
    const { status, stderr } = await this.oci(...args);
    const said = stderr.trim().replace(/^libpod-oci: /, '');
    return status === 1 ? said : `${status}: ${said}`;
  }

  /** The state of a container. */
  async state(id: string): Promise<{ status: string; pid: number } & Record<string, unknown>> {
    return JSON.parse(await this.ok('state', id)) as never;
  }

  /** Waits until a container has a status: somebody else reaps it. */
  async became(id: string, status: string): Promise<void> {
    for (;;) {
      const now = await this.state(id);
      if (now.status === status) return;
    }
  }
}

/** Runs a test body with the command; removes its containers, and fails if anything of them is left. */
export function withOci(body: (command: OciCommand) => Promise<void>): () => Promise<void> {
  return async () => {
    const store = TestStore.make();
    const command = new OciCommand(store);
    try {
      await body(command);
    } catch (failure) {
      for (const id of (await command.ok('list', '--quiet')).split('\n').filter(Boolean))
        await command.ok('delete', '--force', id);
      rmSync(store.directory, { recursive: true, force: true });
      throw failure;
    }
    await store[Symbol.asyncDispose]();
  };
}
