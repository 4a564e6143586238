import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchProgram, type CommandResult, type TestCommand } from './cli.js';

/** Runs podman with these words. */
export type Speak = (...words: string[]) => Promise<CommandResult>;

const HIDE_CGROUP2 = fileURLToPath(new URL('../../bench/hide-cgroup2.sh', import.meta.url));

/** podman over a store of the test's own, as words and their environment. */
export interface PodmanWords {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** @param runtime an OCI runtime, by name or path */
export function podmanWords(command: TestCommand, runtime = 'crun'): PodmanWords {
  const home = command.store.makeDirectory('podman');
  const settings = path.join(home, 'containers.conf');
  // Its own defaults are above the hard limits of a root without CAP_SYS_RESOURCE.
  writeFileSync(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const places = ['root', 'runroot', 'tmpdir'].flatMap((name) => {
    mkdirSync(path.join(home, name));
    return [`--${name}`, path.join(home, name)];
  });
  const ways = ['--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', runtime];
  return {
    words: [HIDE_CGROUP2, 'podman', ...places, ...ways],
    env: { ...process.env, CONTAINERS_CONF: settings },
  };
}

/** Runs it. */
export function podman({ words: [program = '', ...first], env }: PodmanWords): Speak {
  return (...words) => launchProgram(program, [...first, ...words], '', env).ended;
}

/** How often to look whether podman's monitor has gone, which outlives `podman run` by a moment, and how long. */
const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 10_000;

/** Removes an empty cgroup, waiting for the last process to go; a missing one is fine. */
async function removeCgroup(directory: string): Promise<void> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (['ENOENT', 'ENOTDIR'].includes(code)) return;
      if (code !== 'EBUSY' || waited >= PATIENCE_MS) throw error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Removes what podman leaves in every hierarchy: the parent, and the place of its monitors. */
export async function removeCgroups(parent: string): Promise<void> {
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
    for (const directory of [`${parent}/conmon`, parent])
      await removeCgroup(path.join('/sys/fs/cgroup', hierarchy, directory));
  }
}
