import type { LinuxDeviceCgroup, LinuxIDMapping, Mount } from '../oci/runtime-spec.js';
import type {
  ContainerDevice,
  DeviceRate,
  DeviceWeight,
  NamespaceOptions,
  ResourceOptions,
  SpecOptions,
  UlimitOption,
  AutoUserNamespace,
} from './options.js';
import { either, flag, list, number, object, oneOf, record, text, type Shape } from './shape.js';

const rates = list(object<DeviceRate>({ path: text, rate: number }, 'path', 'rate'));

export const RESOURCE_OPTIONS = object<ResourceOptions>({
  memory: number,
  memorySwap: number,
  memoryReservation: number,
  cpuQuota: number,
  cpuPeriod: number,
  cpuShares: number,
  cpusetCpus: text,
  cpusetMems: text,
  pidsLimit: number,
  memorySwappiness: number,
  oomKillDisable: flag,
  blkioWeight: number,
  blkioWeightDevice: list(object<DeviceWeight>({ path: text, weight: number }, 'path', 'weight')),
  deviceReadBps: rates,
  deviceWriteBps: rates,
  deviceReadIops: rates,
  deviceWriteIops: rates,
  unified: record(text),
});

// That it has one of them, spec/namespaces.ts sees.
const place = object<{ path?: string; container?: string }>({ path: text, container: text });
const namespace = either('"private", "host", { path } or { container }', oneOf('private', 'host'), place);
const ipc = either(
  '"shareable", "private", "none", "host", { path } or { container }',
  oneOf('shareable', 'private', 'none', 'host'),
  place,
);

const mappings = list(
  object<LinuxIDMapping>(
    { containerID: number, hostID: number, size: number },
    ...(['containerID', 'hostID', 'size'] as const),
  ),
);

/** Those of the specification's own that creation hands on; the rest of SpecOptions is made by the engine. */
export const SPEC_OPTIONS = {
  readOnlyRootfs: flag,
  readWriteTmpfs: flag,
  env: record(text),
  unsetEnv: either('a list of names, or "ALL"', list(text), oneOf('ALL')),
  cwd: text,
  umask: number,
  terminal: flag,
  capAdd: list(text),
  capDrop: list(text),
  privileged: flag,
  noNewPrivileges: flag,
  apparmorProfile: text,
  labelOptions: list(text),
  mounts: list(
    object<Mount>(
      {
        destination: text,
        type: text,
        source: text,
        options: list(text),
        uidMappings: mappings,
        gidMappings: mappings,
      },
      'destination',
    ),
  ),
  shmSize: number,
  devices: list(
    object<ContainerDevice>(
      {
        path: text,
        type: text,
        major: number,
        minor: number,
        fileMode: number,
        uid: number,
        gid: number,
        access: text,
      },
      'path',
      'type',
    ),
  ),
  deviceCgroupRules: list(
    object<LinuxDeviceCgroup>(
      { allow: flag, type: text, major: number, minor: number, access: text },
      'allow',
    ),
  ),
  namespaces: object<NamespaceOptions>({
    pid: namespace,
    ipc,
    uts: namespace,
    network: namespace,
    cgroup: namespace,
    user: either(
      '"private", "host", { path }, { container } or { auto }',
      oneOf('private', 'host'),
      object<{ path?: string; container?: string; auto?: AutoUserNamespace }>({
        path: text,
        container: text,
        auto: object<AutoUserNamespace>({ size: number, uidMappings: mappings, gidMappings: mappings }),
      }),
    ),
  }),
  uidMappings: mappings,
  gidMappings: mappings,
  resources: RESOURCE_OPTIONS,
  ulimits: either(
    'a list, or "host"',
    oneOf('host'),
    list(object<UlimitOption>({ name: text, soft: number, hard: number }, 'name', 'soft', 'hard')),
  ),
  oomScoreAdj: number,
  sysctl: record(text),
  annotations: record(text),
  architecture: text,
  mask: list(text),
  unmask: either('a list of paths, or "ALL"', oneOf('ALL'), list(text)),
  procOptions: list(text),
} as const satisfies Partial<Record<keyof SpecOptions, Shape>>;
