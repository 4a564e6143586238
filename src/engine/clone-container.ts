import { LibpodError } from '../base/errors.js';
import type { Container } from '../container/container.js';
import type { ContainerCore } from '../container/core.js';
import { remove } from '../container/remove.js';
import { glimpse } from '../container/state/glimpse.js';
import type { ContainerConfig } from '../model/config.js';
import type { PodConfig } from '../model/pod.js';
import { isActive } from '../model/status.js';
import { requireShape } from '../spec/shape.js';
import { cloneConfig, cloneNames, CONTAINER_CLONE_OPTIONS, type ContainerCloneOptions } from './clone.js';
import { layeredRoot } from './container-spec.js';
import type { CreateContext } from './create.js';

/** The same with the root of another image. */
async function withImage(
  config: ContainerConfig,
  image: string,
  context: CreateContext,
): Promise<ContainerConfig> {
  const { lower, name, id } = await context.imageRoot(image, undefined);
  return {
    ...config,
    root: layeredRoot(lower, context.storageDriver),
    rootfsName: name,
    rootfsImageID: id,
    rootfsImageName: name,
  };
}

/** What of the engine a clone needs; it stands above this. */
export interface CloneEngine {
  context(): CreateContext;
  lookup(nameOrId: string): ContainerCore;
  podOf(id: string): PodConfig | undefined;
  publish(config: ContainerConfig): Promise<Container>;
}

/**
 * Clones a container.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NAME_IN_USE, ERR_INVALID_STATE for an original that runs and is to be removed
 *   without `force`
 */
export async function cloneContainer(
  engine: CloneEngine,
  nameOrId: string,
  options: ContainerCloneOptions,
): Promise<Container> {
  requireShape('cloneContainer', CONTAINER_CLONE_OPTIONS, options);
  const original = engine.lookup(nameOrId);
  const { config, name } = original;
  const { destroy = false, force = false, image, resources } = options;
  if (config.isInfra === true)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `container ${name} is the infra container of a pod: clone the pod`,
      { containerId: config.id },
    );
  if (destroy && !force) requireEnded(original);
  const context = engine.context();
  const pod = config.pod === undefined ? undefined : engine.podOf(config.pod);
  const newPod = options.pod === undefined ? pod : context.podOf(options.pod);
  const names = options.name === undefined ? cloneNames(name) : [options.name];
  let refusal: unknown;
  for (const one of names) {
    try {
      const made = cloneConfig(original, { name: one, resources, pod, newPod }, context);
      const clone = await engine.publish(image === undefined ? made : await withImage(made, image, context));
      if (destroy) await destroyOriginal(clone, () => remove(original, { force }));
      return clone;
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_NAME_IN_USE')) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Refuses before anything is made what the removal would refuse. */
function requireEnded(original: ContainerCore): void {
  const state = glimpse(original.services, original.config)?.state;
  if (state === undefined || !isActive(state)) return;
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `cannot destroy container ${original.name}: it is ${state}; stop it first, or use force`,
    { containerId: original.id },
  );
}

/** Removes an original; if that is refused, the clone goes again. */
async function destroyOriginal(
  clone: { remove(): Promise<void> },
  destroy: () => Promise<void>,
): Promise<void> {
  try {
    await destroy();
  } catch (error) {
    await clone.remove();
    throw error;
  }
}
