import path from 'node:path';
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from 'vitest/node';
import { readLacks } from './skips.js';

/** Prints what was skipped and why, before vitest's summary. A skip without a reason fails the run. */
export class SkipReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, _reason: TestRunEndReason): void {
    const lacks = readLacks();
    const lines: string[] = [];
    let silent = 0;
    for (const module of modules) {
      const skipped = [...module.children.allTests('skipped')];
      if (skipped.length === 0) continue;
      const reasons = new Set([
        ...lacks.filter(({ file }) => file === module.moduleId).map(({ reason }) => reason),
        ...skipped.map(noteOf).filter((note) => note !== undefined),
      ]);
      if (reasons.size === 0) silent += skipped.length;
      const why = reasons.size === 0 ? 'no reason given' : [...reasons].join('; ');
      lines.push(`  ${path.relative(process.cwd(), module.moduleId)}: ${skipped.length} (${why})`);
    }
    if (lines.length === 0) return;
    process.stdout.write(`\nSkipped:\n${lines.join('\n')}\n`);
    // A run of chosen tests (-t) skips the others, on purpose.
    if (silent === 0 || this.#vitest?.getGlobalTestNamePattern() !== undefined) return;
    process.stdout.write(`${silent} skipped without a reason: ask with requires(), or say why to skip()\n`);
    process.exitCode = 1;
  }
}

/** What a test said to skip(). */
function noteOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === 'skipped' ? result.note : undefined;
}
