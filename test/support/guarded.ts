import { TestStore } from './store.js';

/** Runs a test body in a directory and a cgroup parent of its own, under the leak guard. */
export function guarded(body: (store: TestStore) => Promise<void> | void): () => Promise<void> {
  return async () => {
    await using store = TestStore.make();
    await body(store);
  };
}
