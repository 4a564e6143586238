import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';

/** The kinds of things that are locked, in the order in which their locks are taken. */
const RANKS = ['pods', 'containers'];

/** A lock, the one that was taken before it, and whether it is held still: work may go on that began under it. */
interface Held {
  readonly file: string;
  readonly outer: Held | undefined;
  released: boolean;
}

/** The lock that the task around a call took last; there only while the order is checked, as it slows every promise a little. */
let holding: AsyncLocalStorage<Held> | undefined;

/** Checks the order from now on, in this process: for tests. */
export function checkLockOrder(): void {
  holding ??= new AsyncLocalStorage();
}

/** The place of a lock in the order: its kind, then its ID. Lock files are KIND/ID/lock. */
function placeOf(file: string): readonly [rank: number, id: string] {
  const directory = path.dirname(file);
  return [RANKS.indexOf(path.basename(path.dirname(directory))), path.basename(directory)];
}

function comesAfter(file: string, before: string): boolean {
  const [rank, id] = placeOf(file);
  const [rankBefore, idBefore] = placeOf(before);
  return rank === rankBefore ? id > idBefore : rank > rankBefore;
}

/**
 * Refuses a lock that may not be waited for by who holds what is held: pods come before containers, and within a kind IDs
 * ascend. Two that take locks in one order cannot wait for each other.
 *
 * @throws Error that names both locks: it is a mistake in this library
 */
export function requireOrder(file: string): void {
  let held = holding?.getStore();
  while (held?.released === true) held = held.outer;
  if (held === undefined || comesAfter(file, held.file)) return;
  throw new Error(
    `the lock ${file} is taken by who holds ${held.file}: pods come before containers, and IDs ascend`,
  );
}

/** Runs a function as one that holds a lock. */
export function whileHolding<T>(file: string, run: () => Promise<T>): Promise<T> {
  return holding === undefined ? run() : runHolding(holding, file, run);
}

async function runHolding<T>(
  storage: AsyncLocalStorage<Held>,
  file: string,
  run: () => Promise<T>,
): Promise<T> {
  const held: Held = { file, outer: storage.getStore(), released: false };
  try {
    return await storage.run(held, run);
  } finally {
    held.released = true;
  }
}
