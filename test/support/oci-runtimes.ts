import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestStore } from './store.js';

const HIDE_CGROUP2 = fileURLToPath(new URL('../../bench/hide-cgroup2.sh', import.meta.url));

/** Writes an OCI runtime that is a shell script; answers its path. */
export function scriptedRuntime(store: TestStore, name: string, script: string): string {
  const file = path.join(store.makeDirectory('runtimes'), name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/**
 * How a runtime is asked for in a test. crun and runc refuse a machine that has cgroup hierarchies of both versions: they run
 * where those of version 2 are hidden.
 */
export function runtimeChoice(store: TestStore, name: string): string {
  return name === 'crun' || name === 'runc'
    ? scriptedRuntime(store, name, `exec ${HIDE_CGROUP2} ${name} "$@"`)
    : name;
}

/** A runtime that is crun but for a verb: what a shell does there, in place of crun or before it. */
export function faultyRuntime(store: TestStore, name: string, verb: string, script: string): string {
  return scriptedRuntime(
    store,
    name,
    `for word; do case $word in ${verb}) ${script};; esac; done\nexec ${HIDE_CGROUP2} crun "$@"`,
  );
}
