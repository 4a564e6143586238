/** The longest delay of setTimeout: 2^31 - 1 milliseconds. */
const FOR_EVER_MS = 0x7fff_ffff;

/** Waits for a promise whose source does not keep the event loop alive by itself. */
export async function keepAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, FOR_EVER_MS);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}
