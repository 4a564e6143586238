import { newId, shortId } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { changeOf } from '../container/update.js';
import type { ContainerCore } from '../container/core.js';
import { dependenciesOf } from '../model/dependencies.js';
import type { ContainerConfig } from '../model/config.js';
import type { PodConfig } from '../model/pod.js';
import { mergeResources } from '../model/settings.js';
import type { PodCore } from '../pod/core.js';
import { cloneConfig, cloneNames, HOSTNAME_LENGTH, type CloneOptions } from './clone.js';
import type { CreateContext } from './create.js';
import type { NewPod } from './create-pod.js';

/** The configuration of a clone of a pod and of its infra container; that of the others follows when these are there. */
export function clonePodConfig(
  { config, members }: { readonly config: PodConfig; readonly members: readonly ContainerCore[] },
  name: string,
  { resources: asked }: CloneOptions,
  context: CreateContext,
): NewPod {
  const id = newId();
  if (asked !== undefined && !config.shareParent)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `resources limit the cgroup of a pod, but the containers of pod ${config.name} are not beneath it; leave them out`,
      { podId: config.id },
    );
  const resources =
    asked === undefined
      ? config.resources
      : mergeResources(config.resources ?? {}, changeOf(asked, config.resources));
  const pod: PodConfig = {
    ...config,
    id,
    name,
    createdTime: new Date().toISOString(),
    cgroupParent: context.cgroupParent,
    cgroupPath: `${context.cgroupParent}/${context.cgroupName(id)}`,
    ...(resources && { resources }),
  };
  const original = members.find(({ config: { isInfra } }) => isInfra === true);
  if (original === undefined) return { config: pod, infra: undefined };
  const isNamed = original.name !== `${shortId(config.id)}-infra`;
  // It joins none of what it holds.
  const changes = {
    name: isNamed ? `${original.name}-clone` : `${shortId(id)}-infra`,
    newPod: { ...pod, infraContainerId: undefined, shared: [] },
  };
  const infra = forPod(cloneConfig(original, changes, context), config, pod);
  return { config: { ...pod, infraContainerId: infra.id }, infra };
}

/** An infra container has the name of its pod for a host name, and in its networks. */
function forPod(infra: ContainerConfig, before: PodConfig, after: PodConfig): ContainerConfig {
  const { spec, networks } = infra;
  const renamed = spec.hostname === before.name.slice(0, HOSTNAME_LENGTH);
  return {
    ...infra,
    ...(renamed && { spec: { ...spec, hostname: after.name.slice(0, HOSTNAME_LENGTH) } }),
    ...(networks && {
      networks: networks.map((one) => ({
        ...one,
        aliases: one.aliases?.map((alias) => (alias === before.name ? after.name : alias)),
      })),
    }),
  };
}

/** The containers of a pod but its infra container, each behind those that it depends on. */
export function inOrder(members: readonly ContainerCore[]): ContainerCore[] {
  const left = members.filter(({ config: { isInfra } }) => isInfra !== true);
  const ordered: ContainerCore[] = [];
  while (left.length > 0) {
    const free = left.findIndex(
      ({ config }) => !dependenciesOf(config).some((id) => left.some((one) => one.id === id)),
    );
    ordered.push(...left.splice(Math.max(free, 0), 1));
  }
  return ordered;
}

/** Clones the containers of a pod into the clone of it. */
export async function cloneMembers(
  from: PodCore,
  to: PodConfig,
  context: CreateContext,
  publish: (config: ContainerConfig) => Promise<unknown>,
): Promise<void> {
  const others = new Map<string, string>();
  for (const member of inOrder(from.members())) {
    for (const name of cloneNames(member.name)) {
      const config = cloneConfig(member, { name, pod: from.config, newPod: to, others }, context);
      try {
        await publish(config);
        others.set(member.id, config.id);
        break;
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NAME_IN_USE')) throw error;
      }
    }
  }
}
