import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { StateMachine, VERBS, type Request, type Verb } from '../support/state-machine.js';
import { withStore } from '../support/store.js';

const RUNS = Number(process.env['LIBPOD_TEST_MODEL_RUNS'] ?? 8);
const SEED = Number(process.env['LIBPOD_TEST_SEED'] ?? 20261125);
/** As many as the test makes. */
const PROCESSES = 3;
const NAMES = ['a', 'b', 'c'];

/** Verbs that are one step under the container's lock, so that two at once are as if one came first. */
const AT_ONCE: readonly Verb[] = [
  'create',
  'init',
  'start',
  'pause',
  'unpause',
  'rename',
  'update',
  'remove',
];

/** A verb, by one of the processes, on a container: `of` counts from the first that was ever made. */
interface Step extends Request {
  readonly by: number;
  readonly of: number;
}

/** What an engine process does with each line of its input. */
const ENGINE = `
  const { createInterface } = await import('node:readline');
  const runtime = await Runtime.open({ ...options, readyMonitors: 1 });
  const verbs = {
    create: async ({ name }) => (await runtime.createContainer({ name, hostRoot: true, command: ['sleep', '1000'] })).id,
    init: (container) => container.init(),
    start: (container) => container.start(),
    stop: (container) => container.stop({ timeout: 0 }),
    kill: async (container) => { await container.kill(); await container.wait(); },
    pause: (container) => container.pause(),
    unpause: (container) => container.unpause(),
    rename: (container, { name }) => container.rename(name),
    update: (container, { limit }) => container.update({ pidsLimit: limit }),
    exec: async (container) => { await container.exec(['true']); },
    remove: (container) => container.remove(),
  };
  say('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      const subject = request.verb === 'create' ? request : runtime.getContainer(request.id);
      const id = await verbs[request.verb](subject, request);
      say({ answer: 'ok', id: typeof id === 'string' ? id : '' });
    } catch (error) {
      const gone = ['ERR_NO_SUCH_CONTAINER', 'ERR_NOT_FOUND'].includes(error.code);
      say({ answer: gone ? 'ERR_REMOVED' : (error.code ?? String(error.stack)), id: '', why: error.message });
    }
  }`;

interface Said {
  readonly answer: string;
  readonly id: string;
  readonly why?: string;
}

const stepOf = (verbs: readonly Verb[]): fc.Arbitrary<Step> =>
  fc.record({
    verb: fc.constantFrom(...verbs),
    by: fc.nat(PROCESSES - 1),
    of: fc.nat(3),
    name: fc.constantFrom(...NAMES),
    limit: fc.integer({ min: 50, max: 500 }),
  });

/** Steps one after the other, once there are two containers; two in one place are taken at once, by two processes. */
const CREATED = ['a', 'b'].map((name): Step[] => [{ verb: 'create', by: 0, of: 0, name, limit: 0 }]);
const laterSteps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: stepOf(VERBS).map((step) => [step]) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(stepOf(AT_ONCE), stepOf(AT_ONCE))
        .map(([first, second]) => [first, { ...second, by: (first.by + 1) % PROCESSES }]),
    },
  ),
  { minLength: 1, maxLength: 16, size: 'max' },
);
const histories = laterSteps.map((steps) => [...CREATED, ...steps]);

/** The steps as a person reads them. */
function told(history: readonly (readonly Step[])[]): string {
  const word = ({ verb, by, of, name, limit }: Step): string => {
    const what = verb === 'create' ? name : verb === 'rename' ? `#${of} ${name}` : `#${of}`;
    return `${by}: ${verb} ${what}${verb === 'update' ? ` ${limit}` : ''}`;
  };
  return history.map((steps) => steps.map(word).join('  at once with  ')).join('\n');
}

/** Takes steps in the model in one order, and answers what each should say; in the order in which they were given. */
function expected(
  model: StateMachine,
  steps: readonly Step[],
  order: readonly number[],
  ids: string[],
): string[] {
  const answers: string[] = [];
  for (const index of order) {
    const step = steps[index] as Step;
    const count = model.containers.length;
    answers[index] = model.apply(step, step.of);
    const made = model.containers[count];
    if (made !== undefined) made.id = ids[index] as string;
  }
  return answers;
}

/** What is seen of the containers. */
async function seen(runtime: Runtime): Promise<unknown[]> {
  const all = await runtime.containers();
  return all.map(({ id, name, state }) => ({ id, name, state })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe.runIf(requires({ root: true }))('random verbs from several processes', () => {
  it(
    'do what the state machine says, also two at once',
    withStore(async (runtime, store) => {
      await using first = new EngineProcess(store, ENGINE);
      await using second = new EngineProcess(store, ENGINE);
      await using third = new EngineProcess(store, ENGINE);
      const processes = [first, second, third];
      for (const engine of processes) await engine.next();
      const ask = async (step: Step, model: StateMachine): Promise<Said> => {
        const id = model.containers[step.of]?.id ?? 'f'.repeat(64);
        const engine = processes[step.by] as EngineProcess;
        engine.write(`${JSON.stringify({ ...step, id })}\n`);
        return engine.next<Said>();
      };

      const check = async (history: readonly (readonly Step[])[]): Promise<void> => {
        let model = new StateMachine();
        try {
          for (const steps of history) {
            const said = await Promise.all(steps.map((step) => ask(step, model)));
            const ids = said.map(({ id }) => id);
            const orders =
              steps.length === 1
                ? [[0]]
                : [
                    [0, 1],
                    [1, 0],
                  ];
            const outcomes = orders.map((order) => {
              const after = new StateMachine(model.containers);
              return { after, answers: expected(after, steps, order, ids) };
            });
            const found = await seen(runtime);
            const views = outcomes.map(({ after, answers }) => ({
              answers,
              containers: after.live
                .map(({ id, name, state }) => ({ id, name, state }))
                .sort((a, b) => (a.id < b.id ? -1 : 1)),
            }));
            const actual = { answers: said.map(({ answer }) => answer), containers: found };
            const fits = views.findIndex((view) => JSON.stringify(view) === JSON.stringify(actual));
            const why = said.map((one) => one.why ?? '').join('; ');
            if (fits < 0) expect(actual, `${told(history)}\nat ${told([steps])} (${why})`).toEqual(views[0]);
            model = (outcomes[fits] as (typeof outcomes)[number]).after;
          }
          for (const { id, name, pidsLimit } of model.live) {
            const found = runtime.lookupContainer(name);
            expect(found.id).toBe(id);
            const { HostConfig } = await found.inspect();
            if (pidsLimit > 0) expect(HostConfig.PidsLimit).toBe(pidsLimit);
          }
        } finally {
          await Promise.all(
            (await runtime.containers()).map(({ id }) =>
              runtime.removeContainer(id, { force: true, timeout: 0 }),
            ),
          );
        }
      };
      await fc.assert(fc.asyncProperty(histories, check), { numRuns: RUNS, seed: SEED, endOnFailure: false });
    }),
    60_000 + RUNS * 20_000,
  );
});
