import type { Container, CreateOptions, Runtime } from '../../src/index.js';

/** Runs something in a container that sleeps, and removes that. */
export async function withSleeper<T>(
  runtime: Runtime,
  options: Partial<CreateOptions>,
  run: (container: Container) => Promise<T>,
): Promise<T> {
  const container = await runtime.createContainer({
    ...(options.rootfs === undefined && { hostRoot: true }),
    command: ['sleep', '100000'],
    ...options,
  });
  await container.start();
  const result = await run(container);
  await container.remove({ force: true, timeout: 0 });
  return result;
}
