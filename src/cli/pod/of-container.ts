import type { CreateOptions, Runtime } from '../../index.js';
import { UsageError } from '../errors.js';
import { readPodId } from './each.js';

/** The flags of `run` and `create` that name a pod. */
export interface PodOfContainerFlags {
  readonly pod?: string;
  readonly podIdFile?: string;
}

/**
 * Does something with the options of a container and the pod that they name: `new:NAME` is made first, with the
 * user namespace that is asked for, and removed again if the work fails.
 *
 * @throws UsageError where both flags are given
 */
export async function inPod<T>(
  runtime: Runtime,
  { pod, podIdFile }: PodOfContainerFlags,
  options: CreateOptions,
  work: (options: CreateOptions) => Promise<T>,
): Promise<T> {
  if (pod !== undefined && podIdFile !== undefined)
    throw new UsageError('--pod and --pod-id-file cannot be used together');
  const name = podIdFile === undefined ? pod : readPodId(podIdFile);
  if (name === undefined) return work(options);
  if (!name.startsWith('new:')) return work({ ...options, pod: name });
  const { uidMappings, gidMappings, ...rest } = options;
  const { user, ...namespaces } = rest.namespaces ?? {};
  const fresh = await runtime.createPod({
    name: name.slice('new:'.length) || undefined,
    ...(user !== undefined && { namespaces: { user }, uidMappings, gidMappings }),
  });
  try {
    return await work({ ...rest, namespaces, pod: fresh.id });
  } catch (error) {
    await fresh.remove({ force: true, timeout: 0 });
    throw error;
  }
}
