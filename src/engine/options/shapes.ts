import { SPEC_OPTIONS } from '../../spec/option-shapes.js';
import { anything, either, flag, list, number, object, oneOf, record, text } from '../../spec/shape.js';
import type { NetworkChoice } from '../../model/config.js';
import type { CniOptions } from '../../network/cni/cni-networks.js';
import type {
  NetworkChanges,
  NetworkOptions as CreateNetworkOptions,
  NetworkRoute,
} from '../../network/config.js';
import type { PortOption } from './port.js';
import type { CreateOptions, HostDevice, RuntimeOptions } from './options.js';

export const RUNTIME_OPTIONS = object<RuntimeOptions>({
  root: text,
  runRoot: text,
  cgroupManager: text,
  storageDriver: text,
  cgroupParent: text,
  readyMonitors: number,
  runtime: text,
  runtimes: record(list(text)),
  runtimeTimeout: number,
  cni: object<CniOptions>({ configDirectory: text, pluginDirectories: list(text) }),
});

/** The options of networks, which a pod has too. */
export const NETWORK_OPTIONS = {
  networks: list(
    either(
      'the name of a network, or an object with it',
      text,
      object<NetworkChoice>(
        { name: text, ips: list(text), mac: text, interface: text, aliases: list(text) },
        'name',
      ),
    ),
  ),
  ports: list(
    object<PortOption>(
      { containerPort: number, hostPort: number, range: number, protocol: text, hostIP: text },
      'containerPort',
    ),
  ),
} as const;

export const NETWORK_CREATE_OPTIONS = object<CreateNetworkOptions>({
  name: text,
  driver: oneOf('bridge', 'macvlan', 'ipvlan'),
  subnets: list(
    object<NonNullable<CreateNetworkOptions['subnets']>[number]>(
      { subnet: text, gateway: text, ipRange: text },
      'subnet',
    ),
  ),
  ipv6: flag,
  internal: flag,
  mtu: number,
  names: flag,
  dnsServers: list(text),
  routes: list(
    object<NetworkRoute>({ destination: text, gateway: text, metric: number }, 'destination', 'gateway'),
  ),
  defaultRoute: flag,
  metric: number,
  interfaceName: text,
  vlan: number,
  parent: text,
  mode: text,
  labels: record(text),
});

export const NETWORK_CHANGES = object<NetworkChanges>({
  addDnsServers: list(text),
  dropDnsServers: list(text),
});

/** What a pod may have for all its containers. */
export const INHERITED_OPTIONS = {
  volumesFrom: list(text),
  // A profile is checked against the schema of the specification: engine/options/seccomp-profile.ts.
  seccomp: either('"default", "unconfined" or a profile', oneOf('default', 'unconfined'), record(anything)),
  hostDevices: list(object<HostDevice>({ path: text, containerPath: text, access: text }, 'path')),
  mounts: SPEC_OPTIONS.mounts,
  noNewPrivileges: SPEC_OPTIONS.noNewPrivileges,
  apparmorProfile: SPEC_OPTIONS.apparmorProfile,
  labelOptions: SPEC_OPTIONS.labelOptions,
  mask: SPEC_OPTIONS.mask,
  unmask: SPEC_OPTIONS.unmask,
  procOptions: SPEC_OPTIONS.procOptions,
} as const;

export const CREATE_OPTIONS = object<CreateOptions>({
  ...SPEC_OPTIONS,
  ...INHERITED_OPTIONS,
  rootfs: text,
  overlay: flag,
  hostRoot: flag,
  bundle: text,
  image: text,
  pull: oneOf('missing', 'always', 'never', 'newer'),
  entrypoint: list(text),
  imageVolumes: oneOf('bind', 'tmpfs', 'ignore'),
  // Its own sentence is clearer: options.ts, checkCommand.
  command: anything,
  name: text,
  pod: text,
  runtime: text,
  requires: list(text),
  timezone: text,
  user: text,
  groupAdd: list(text),
  init: flag,
  ...NETWORK_OPTIONS,
  expose: list(text),
  publishAll: flag,
  addHosts: list(text),
  noHosts: flag,
  noHostname: flag,
  dns: list(text),
  dnsSearch: list(text),
  dnsOptions: list(text),
  // False, or an object whose errors are to name what is wrong in it: health.ts.
  healthcheck: anything,
  timeout: number,
  pidFile: text,
  hostname: text,
  labels: record(text),
  stdin: flag,
  stdinOnce: flag,
  remove: flag,
  stopSignal: either('a name or a number', text, number),
  stopTimeout: number,
  restartPolicy: text,
  logDriver: oneOf('k8s-file', 'json-file', 'none', 'passthrough'),
  logPath: text,
  logMaxSize: number,
  logMaxFiles: number,
  logTag: text,
});
