import type { CreateOptions, PullOptions, Runtime } from '../index.js';
import { LibpodError } from '../base/errors.js';
import { showTransfer } from './output/transfer.js';

/** Pulls an image, telling people on stderr how far it is. @returns its ID */
export async function pullImage(
  runtime: Runtime,
  name: string,
  options: PullOptions,
  quiet = false,
): Promise<string> {
  const transfer = runtime.images.pull(name, options);
  if (quiet) return (await transfer).id;
  process.stderr.write(`Trying to pull ${name}...\n`);
  return (await showTransfer(transfer, process.stderr)).id;
}

/**
 * Pulls the image of a new container, as its policy says, so that the container is made of what is here.
 *
 * @throws LibpodError ERR_NO_SUCH_IMAGE, and as a pull
 */
export async function pullForContainer(
  runtime: Runtime,
  options: CreateOptions,
  registry: PullOptions,
  quiet = false,
): Promise<CreateOptions> {
  const { image, pull = 'missing' } = options;
  if (image === undefined || pull === 'never') return options;
  const here = await runtime.images.exists(image);
  if (pull === 'always' || !here) await pullImage(runtime, image, registry, quiet);
  else if (pull === 'newer') {
    try {
      await pullImage(runtime, image, registry, quiet);
    } catch (error) {
      if (!LibpodError.is(error)) throw error;
    }
  }
  return { ...options, pull: 'never' };
}
