import { LibpodError } from '../base/errors.js';
import type { Container, CreateOptions, Runtime } from '../index.js';
import { UsageError } from './errors.js';
import { writeCidFile } from './flags/cidfile.js';
import type { CreateFlags } from './flags/create.js';
import { inPod } from './pod/of-container.js';

/** Removes the container that has this very name; one whose ID begins so is another. */
async function removeNamesake(runtime: Runtime, name: string): Promise<void> {
  try {
    const container = runtime.lookupContainer(name);
    if (container.name === name) await container.remove({ force: true });
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) throw error;
  }
}

/**
 * Makes the container of `run` and `create`: podman-create(1), --replace, --pod, --cidfile.
 *
 * @throws UsageError, and as createContainer; nothing of the container is left then
 */
export async function makeContainer(
  runtime: Runtime,
  flags: CreateFlags,
  options: CreateOptions,
): Promise<Container> {
  if (flags.replace) {
    if (options.name === undefined) throw new UsageError('--replace needs --name: it tells which to replace');
    await removeNamesake(runtime, options.name);
  }
  const container = await inPod(runtime, flags, options, (inside) => runtime.createContainer(inside));
  try {
    writeCidFile(flags.cidfile, container.id);
  } catch (error) {
    await container.remove();
    throw error;
  }
  return container;
}
