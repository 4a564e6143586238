import { LibpodError } from '../base/errors.js';
import { checkName, newId, shortId } from '../base/ids.js';
import { changeOf } from '../container/update.js';
import type { ContainerConfig } from '../model/config.js';
import { NAMESPACE_FIELDS } from '../model/dependencies.js';
import type { PodConfig } from '../model/pod.js';
import { mergeResources, networksOf, resourcesOf, type ContainerSettings } from '../model/settings.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { RESOURCE_OPTIONS } from '../spec/option-shapes.js';
import type { ResourceOptions } from '../spec/options.js';
import { flag, object, text } from '../spec/shape.js';
import { cgroupPathOf, type CreateContext } from './create.js';

/** How a container or a pod is cloned: podman-container-clone(1), podman-pod-clone(1). */
export interface CloneOptions {
  /** That of the original with `-clone`, and a number if that is taken, unless given. */
  readonly name?: string | undefined;
  /** Limits in place of the original's; what is not given stays. */
  readonly resources?: ResourceOptions | undefined;
  /** Remove the original when the clone is there. */
  readonly destroy?: boolean | undefined;
  /** With `destroy`: also if it runs. */
  readonly force?: boolean | undefined;
}

/** How a container is cloned. */
export interface ContainerCloneOptions extends CloneOptions {
  /** An image for the root in place of the original's; command and environment stay. Pulled if it is not there. */
  readonly image?: string | undefined;
  /** The pod that the clone belongs to; the original's unless given. */
  readonly pod?: string | undefined;
}

const COMMON = { name: text, resources: RESOURCE_OPTIONS, destroy: flag, force: flag };
export const CLONE_OPTIONS = object<CloneOptions>(COMMON);
export const CONTAINER_CLONE_OPTIONS = object<ContainerCloneOptions>({ ...COMMON, image: text, pod: text });

/** A container as it is now: what it was created with, and what was changed since. */
export interface Original {
  readonly config: ContainerConfig;
  readonly settings: ContainerSettings;
}

/** What is new about a clone. */
export interface CloneChanges {
  readonly name: string;
  readonly resources?: ResourceOptions | undefined;
  /** The pod of the original, and that of the clone. */
  readonly pod?: PodConfig | undefined;
  readonly newPod?: PodConfig | undefined;
  /** Containers that are cloned too, by the IDs of their originals: the clone depends on the clones. */
  readonly others?: ReadonlyMap<string, string> | undefined;
}

/** A host name that is made of a pod's name is cut to what the kernel takes with room for a NUL (uname(2)). */
export const HOSTNAME_LENGTH = 63;

/** Names for a clone, in the order in which podman tries them. */
export function* cloneNames(original: string): Generator<string> {
  const base = original.replace(/-clone\d*$/, '');
  if (base === original) yield `${base}-clone`;
  for (let number = 1; ; number++) yield `${base}-clone${number}`;
}

/** What a clone cannot share with the original, and nobody can choose anew for it. */
function refuseUnique({ config: { autoIds, name, id } }: Original): void {
  if (autoIds === undefined) return;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `container ${name} cannot be cloned: the IDs of its user namespace are chosen for it alone ("auto"); create another one`,
    { containerId: id },
  );
}

/** The same specification for another container: with its host name, unless somebody has chosen that. */
function withHostname(spec: RuntimeSpec, names: ReadonlyMap<string, string>): RuntimeSpec {
  const { process, hostname } = spec;
  const env = process.env?.map((one) => {
    const value = one.startsWith('HOSTNAME=') ? names.get(one.slice('HOSTNAME='.length)) : undefined;
    return value === undefined ? one : `HOSTNAME=${value}`;
  });
  return {
    ...spec,
    ...(hostname !== undefined && { hostname: names.get(hostname) ?? hostname }),
    process: { ...process, ...(env && { env }) },
  };
}

/** The host name that the containers of a pod share. */
function podHostname({ hostname, name }: PodConfig): string {
  return hostname === '' ? name.slice(0, HOSTNAME_LENGTH) : hostname;
}

/** Volumes that were made for the original alone are others for the clone, under the same places. */
function withOwnVolumes(config: ContainerConfig): ContainerConfig {
  const renamed = new Map(
    (config.namedVolumes ?? []).flatMap(({ name, isAnonymous }) => (isAnonymous ? [[name, newId()]] : [])),
  );
  if (renamed.size === 0) return config;
  return {
    ...config,
    namedVolumes: config.namedVolumes?.map((one) => ({ ...one, name: renamed.get(one.name) ?? one.name })),
    spec: {
      ...config.spec,
      mounts: config.spec.mounts?.map((mount) =>
        mount.type === 'volume'
          ? { ...mount, source: renamed.get(mount.source ?? '') ?? mount.source }
          : mount,
      ),
    },
  };
}

/** The namespaces that are joined: those of clones in place of their originals, and of the new pod in place of the old. */
function joinedBy(config: ContainerConfig, { pod, newPod, others }: CloneChanges): Partial<ContainerConfig> {
  const fields = Object.fromEntries(
    NAMESPACE_FIELDS.map(([field, type]) => {
      const joined = config[field];
      const left = joined !== undefined && joined === pod?.infraContainerId && newPod?.id !== pod.id;
      const shared = (joined === undefined || left) && newPod?.shared.includes(type) === true;
      if (shared && (left || newPod.id !== pod?.id)) return [field, newPod.infraContainerId];
      return [field, left || joined === undefined ? undefined : (others?.get(joined) ?? joined)];
    }),
  ) as Partial<ContainerConfig>;
  return { ...fields, dependencies: config.dependencies?.map((id) => others?.get(id) ?? id) };
}

/**
 * The configuration of a clone: all of the original's, as it is now, but for what is one container's alone.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME
 */
export function cloneConfig(
  original: Original,
  changes: CloneChanges,
  context: CreateContext,
): ContainerConfig {
  refuseUnique(original);
  const { settings } = original;
  const config = withOwnVolumes(original.config);
  const { newPod, resources: asked = {} } = changes;
  const id = newId();
  const current = resourcesOf(config, settings);
  const resources = mergeResources(current ?? {}, changeOf(asked, current));
  const joined = joinedBy(config, changes);
  const moves = newPod !== undefined && newPod.id !== changes.pod?.id;
  if (moves && changes.others === undefined && config.userNsCtr !== joined.userNsCtr)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `container ${settings.name} cannot be cloned into pod ${newPod.name}: that has another user namespace; create one there`,
    );
  const names = new Map([[shortId(config.id), shortId(id)]]);
  if (moves && changes.pod !== undefined) names.set(podHostname(changes.pod), podHostname(newPod));
  const { hostname = joined.utsNsCtr ? undefined : config.utsNsCtr && shortId(id), ...renamed } =
    withHostname(config.spec, names);
  const spec = {
    ...renamed,
    ...(joined.utsNsCtr === undefined && hostname !== undefined && { hostname }),
    linux: { ...renamed.linux, resources },
  };
  const createNetNS = joined.netNsCtr === undefined && (config.createNetNS || config.netNsCtr !== undefined);
  const networks = networksOf(config, settings);
  if (!createNetNS && (networks.length > 0 || (config.portMappings ?? []).length > 0))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `container ${settings.name} has networks or ports, but the containers of pod ${newPod?.name} have its network; clone one without`,
    );
  const parent = newPod?.shareParent
    ? newPod.cgroupPath
    : original.config.podCgroup !== undefined
      ? context.cgroupParent
      : config.cgroupParent;
  return {
    ...config,
    ...joined,
    id,
    name: checkName(changes.name),
    spec,
    createNetNS,
    sharesShm: joined.ipcNsCtr === undefined ? undefined : config.ipcNsCtr === undefined || config.sharesShm,
    ...(networks.length > 0 && { networks }),
    restartPolicy: settings.restartPolicy ?? config.restartPolicy,
    pod: newPod?.id,
    podCgroup: newPod?.shareParent ? { path: newPod.cgroupPath, resources: newPod.resources } : undefined,
    podExitPolicy: newPod?.exitPolicy === 'stop' ? 'stop' : undefined,
    createdTime: new Date().toISOString(),
    cgroupParent: parent,
    cgroupPath: cgroupPathOf(spec, id, parent, context),
    // Files that the original writes.
    pidFile: undefined,
    logPath: '',
  };
}
