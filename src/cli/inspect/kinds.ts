import { LibpodError, type ErrorCode } from '../../base/errors.js';
import type { ContainerStatus, Runtime } from '../../index.js';
import { networkJson, requireNetwork } from '../network-json.js';
import type { TemplateValue } from '../output/template.js';
import { statusWord } from '../status.js';
import { volumeJson } from '../volume-json.js';
import { imageJson } from './image.js';
import { podJson } from './pod.js';

/** What an object that is inspected may be, in the order in which a name is looked for: podman-inspect(1). */
export const KINDS = ['container', 'image', 'volume', 'network', 'pod'] as const;
export type Kind = (typeof KINDS)[number];

type Look = (runtime: Runtime, name: string, options: { readonly size?: boolean }) => Promise<object>;

const LOOKS: Readonly<Record<Kind, Look>> = {
  container: async (runtime, name, options) => {
    const all = await runtime.lookupContainer(name).inspect(options);
    return { ...all, State: { ...all.State, Status: statusWord(all.State.Status as ContainerStatus) } };
  },
  image: async (runtime, name) => imageJson(runtime, await runtime.images.find(name)),
  volume: (runtime, name) => Promise.resolve(volumeJson(runtime.volume(name))),
  network: (runtime, name) => Promise.resolve(networkJson(requireNetwork(runtime, name))),
  pod: podJson,
};

/** What says that there is no such object of a kind; anything else is told, whatever other kinds have the name. */
const MISSING: readonly ErrorCode[] = [
  ...(['ERR_NO_SUCH_CONTAINER', 'ERR_NO_SUCH_IMAGE', 'ERR_NO_SUCH_VOLUME'] as const),
  ...(['ERR_NO_SUCH_NETWORK', 'ERR_NO_SUCH_POD', 'ERR_INVALID_ARGUMENT'] as const),
];

/**
 * An object as inspect shows it.
 *
 * @param kinds looked for in this order
 * @throws LibpodError of the kind if that is one; ERR_NOT_FOUND if none of several has it
 */
export async function inspectObject(
  runtime: Runtime,
  name: string,
  kinds: readonly Kind[],
  options: { readonly size?: boolean },
): Promise<TemplateValue> {
  for (const kind of kinds)
    try {
      return (await LOOKS[kind](runtime, name, options)) as TemplateValue;
    } catch (error) {
      if (kinds.length === 1 || !MISSING.some((code) => LibpodError.is(error, code))) throw error;
    }
  throw new LibpodError('ERR_NOT_FOUND', `no such object: ${JSON.stringify(name)}`);
}
