import { defineConfig } from 'vitest/config';
import { SkipReporter } from './test/support/reporter.js';

const SECOND = 1000;

/** On a slow machine, such as an emulated one: how many times as long a test may take. */
const PATIENCE = Number(process.env['LIBPOD_TEST_PATIENCE'] ?? 1);

/** Where to leave the results for a program, such as `.ci/summary.mjs`. */
const jsonFile = process.env['LIBPOD_TEST_JSON'];

/**
 * One project for each tier; the folder of a test is its tier (CONTRIBUTING.md). Tiers with privileges may run side by
 * side, since each file has a root, a run root and a cgroup parent of its own.
 */
function tier(name: string, seconds: number, more: { readonly isolate?: boolean } = {}) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: seconds * SECOND * PATIENCE,
      hookTimeout: seconds * SECOND * PATIENCE,
      ...more,
    },
  };
}

export default defineConfig({
  // Node 20 has no `using`: it is compiled away.
  oxc: { target: 'es2022' },
  test: {
    // A process for each file, not a thread: a test that loses track of a descriptor or a namespace loses it alone.
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/support/skips.ts'],
    setupFiles: ['test/support/lock-order.ts'],
    // Ours first: it prints before the summary, so that vitest's own count ends the output.
    reporters: [new SkipReporter(), ...(jsonFile === undefined ? [] : ['json' as const]), 'default'],
    ...(jsonFile === undefined ? {} : { outputFile: { json: jsonFile } }),
    // Unit tests have nothing to lose: that each file evaluates its modules anew would be half of their time.
    projects: [
      tier('unit', 60, { isolate: false }),
      tier('contract', 300),
      tier('kernel', 60),
      tier('scenario', 180),
    ],
  },
});
