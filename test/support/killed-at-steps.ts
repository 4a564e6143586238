import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { EngineProcess } from './engine-process.js';
import { TestStore } from './store.js';

/** Counts the steps of an engine towards the outside, and kills it right before one of them. */
const POINTS = fileURLToPath(new URL('crash-points.mjs', import.meta.url));
const NEVER = 1_000_000;

/** The time that all points of a life may take together, in ms. */
export const STEPS_TIMEOUT_MS = 3_600_000;

/** The life of an engine that is killed before its steps, and what must hold then. */
export interface KilledLife {
  /** Who is killed, for the count that is printed: `an engine`. */
  readonly who: string;
  /**
   * Which steps are tried: see `chosenSteps`.
   */
  readonly steps: string;
  /** More than so many steps there must be. */
  readonly moreThan: number;
  /** The script, whole; `crash.during` names the verb whose steps follow, and it says `crash.counted()` at its end. */
  readonly script: (store: TestStore) => string;
  /** A command that runs the engine, as in a network namespace of the test; the engine's own words follow. */
  readonly through?: readonly string[] | undefined;
  /** What the next engine must find, use and take away. */
  readonly check: (store: TestStore) => Promise<void>;
}

interface Counted {
  readonly count: number;
  readonly labels: Readonly<Record<string, number>>;
}

/** Lets an engine live until its n-th step, and looks at what it left. Answers what it counted if it came to its end. */
async function tryPoint(
  { script, check, through = [] }: KilledLife,
  killAt: number,
): Promise<Counted | undefined> {
  const store = TestStore.make();
  try {
    let counted: Counted | undefined;
    {
      await using engine = new EngineProcess(store, script(store), 'shared', {
        preload: POINTS,
        through,
        env: { LIBPOD_TEST_KILL_AT: String(killAt) },
      });
      const said = engine.next<Counted>().catch(() => undefined);
      const { signal, code, stderr } = await engine.ended;
      counted = await said;
      if (signal !== 'SIGKILL' && counted === undefined)
        throw new Error(`the engine ended with ${String(code)}: ${stderr}`);
    }
    await check(store);
    await store[Symbol.asyncDispose]();
    return counted;
  } catch (error) {
    await store.abandon().catch(() => undefined);
    throw new Error(`killed right before step ${killAt}`, { cause: error });
  }
}

/**
 * The steps that are tried of so many: `FIRST[-LAST]/STRIDE`, every STRIDE-th from FIRST on. LIBPOD_TEST_STEPS says otherwise:
 * `npm run test:crash` tries all, in several processes, since the leak guard watches one.
 */
export function chosenSteps(sample: string, total: number): number[] {
  const chosen = process.env['LIBPOD_TEST_STEPS'] ?? sample;
  const match = /^(\d+)(?:-(\d+))?\/(\d+)$/.exec(chosen);
  const [first, last, stride] = [match?.[1], match?.[2] ?? total, match?.[3]].map(Number) as [
    number,
    number,
    number,
  ];
  if (match === null || first < 1 || stride < 1)
    throw new Error(`steps ${chosen} must be FIRST[-LAST]/STRIDE`);
  const points: number[] = [];
  for (let point = first; point <= Math.min(last, total); point += stride) points.push(point);
  return points;
}

/** Kills an engine right before its steps, each in a store of its own, and prints how many were tried. */
export async function killAtSteps(life: KilledLife): Promise<void> {
  const whole = await tryPoint(life, NEVER);
  const total = whole?.count ?? 0;
  expect(total).toBeGreaterThan(life.moreThan);
  const points = chosenSteps(life.steps, total);
  const failures: unknown[] = [];
  for (const point of points) await tryPoint(life, point).catch((error: unknown) => failures.push(error));
  const verbs = Object.entries(whole?.labels ?? {}).map(([verb, count]) => `${verb} ${count}`);
  console.log(`killed ${life.who} before ${points.length} of its ${total} steps (${verbs.join(', ')})`);
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} points left something`);
}
