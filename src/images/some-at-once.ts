/** As many blobs at once as podman fetches by default would not be faster on one line. */
const AT_ONCE = 3;

/** Runs jobs, some at once; the first failure stops the others, and is thrown when they have. */
export async function someAtOnce(jobs: readonly (() => Promise<void>)[], stop: () => void): Promise<void> {
  const queue = [...jobs];
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && failure === undefined; job = queue.shift()) {
      try {
        await job();
      } catch (error) {
        failure ??= { error };
        stop();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failure !== undefined) throw failure.error;
}
