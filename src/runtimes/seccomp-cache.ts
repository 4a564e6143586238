import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { seccompRules } from '../launch/seccomp.js';
import { LibpodError } from '../base/errors.js';
import { compileSeccomp } from '../linux/seccomp.js';
import { show } from '../oci/problem.js';
import type { LinuxSeccomp } from '../oci/runtime-spec.js';
import { unknownCall } from './seccomp-names.js';

/** The size of struct sock_filter (seccomp(2)). */
const FILTER_INSTRUCTION = 8;

/**
 * Compiled system call filters. Compiling takes some 10 ms, more than all the rest of a start, so a filter is kept: in
 * memory by the object it came from, and on disk (root's own directory, this boot's) by the hash of its rules.
 */
export class SeccompCache {
  readonly #directory: string;
  readonly #known = new WeakMap<LinuxSeccomp, Promise<Uint8Array>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The filter as struct sock_filter. @throws LibpodError ERR_SPEC_INVALID, ERR_SPEC_UNSUPPORTED, ERR_UNSUPPORTED */
  get(seccomp: LinuxSeccomp): Promise<Uint8Array> {
    let filter = this.#known.get(seccomp);
    if (filter === undefined) {
      filter = this.#load(seccomp);
      this.#known.set(seccomp, filter);
      filter.catch(() => this.#known.delete(seccomp));
    }
    return filter;
  }

  async #load(seccomp: LinuxSeccomp): Promise<Uint8Array> {
    const rules = seccompRules(seccomp);
    const text = JSON.stringify(rules, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const file = path.join(this.#directory, `${createHash('sha256').update(text).digest('hex')}.bpf`);
    try {
      const stored = readFileSync(file);
      if (stored.length > 0 && stored.length % FILTER_INSTRUCTION === 0) return stored;
    } catch (error) {
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
    }
    const unknown = unknownCall(seccomp, false);
    if (unknown !== undefined)
      throw new LibpodError(
        'ERR_SPEC_INVALID',
        `linux.seccomp.syscalls denies ${show(unknown)}, which is no system call that libseccomp knows; correct or remove it`,
      );
    const filter = await compileSeccomp(rules);
    // Two containers may ask for equal filters at once: each write has its own file.
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(temporary, filter, { mode: 0o600 });
    await rename(temporary, file);
    return filter;
  }
}
