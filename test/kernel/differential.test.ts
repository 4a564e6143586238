import { describe, expect, it } from 'vitest';
import { differences, makeRoot, reportsOf, type Known, type Report } from '../support/differential.js';
import { KNOWN } from '../support/known-differences.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const PEERS = ['crun', 'runc'];
/** `npm run test:differential` tries a hundred; the suite these few. */
const SPECS = Number(process.env['LIBPOD_TEST_SPECS'] ?? 2);
const FIRST = Number(process.env['LIBPOD_TEST_SEED'] ?? 1);
const ALL = 100;

const needed = {
  root: true,
  busybox: true,
  crun: true,
  runc: true,
  cgroup1: true,
} as const;

describe.runIf(requires(needed) && process.arch === 'x64')('what a container sees of its confinement', () => {
  it(
    'is what it sees under crun and runc, but for what is known',
    { timeout: 60_000 + SPECS * 10_000 },
    withStore(async (runtime, store) => {
      makeRoot(store.directory);
      const bench = {
        runtime,
        directory: store.directory,
        cgroupParent: store.cgroupParent,
      };
      const used = new Set<Known>();
      for (let seed = FIRST; seed < FIRST + SPECS; seed++) {
        const reports = await reportsOf(bench, seed, PEERS);
        const ours = reports.get('ours') as Report;
        // Every system call was tried.
        expect([...ours.keys()].filter((fact) => fact.startsWith('calls ')).length).toBeGreaterThan(490);
        for (const peer of PEERS)
          expect({
            seed,
            found: differences(ours, reports.get(peer) as Report, peer, KNOWN, used),
          }).toEqual({
            seed,
            found: [],
          });
      }
      // What a hundred specifications do not show is not known.
      if (SPECS >= ALL) expect(KNOWN.filter((one) => !used.has(one)).map(({ why }) => why)).toEqual([]);
    }),
  );

  it('is compared fact by fact: one that changed, one more, one less', () => {
    const report = (...facts: (readonly [string, string])[]): Report => new Map(facts);
    const ours = report(['calls 1', 'ok'], ['limits 7', '1 1'], ['process death signal', '9']);
    const theirs = report(['calls 1', 'EPERM'], ['limits 8', '1 1'], ['process death signal', '0']);
    expect(differences(ours, theirs, 'crun', KNOWN)).toEqual([
      'calls 1: "ok", crun: "EPERM"',
      'limits 7: "1 1", crun: undefined',
      'limits 8: undefined, crun: "1 1"',
    ]);
  });
});
