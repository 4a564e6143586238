import type { ContainerConfig } from '../../model/config.js';
import { networksOf } from '../../model/settings.js';
import type { ContainerState } from '../../model/state.js';
import type { ContainerCore } from '../core.js';
import { attachmentsOf } from '../networks/networks.js';

/** The ports of the host that lead into a container, by `PORT/PROTOCOL` inside. */
export type PortBindings = Readonly<
  Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
>;

export function portBindings({ portMappings = [] }: ContainerConfig): PortBindings {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIP, hostPort, containerPort, protocol } of portMappings)
    (bindings[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIP, HostPort: String(hostPort) });
  return bindings;
}

/** The networks of a container, in podman's names. */
export interface InspectNetworkSettings {
  /** Of the first network. */
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly Gateway: string;
  readonly MacAddress: string;
  /** By port and protocol of the container, such as `80/tcp`. */
  readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;
  readonly Networks: Readonly<
    Record<
      string,
      {
        readonly IPAddress: string;
        readonly IPPrefixLen: number;
        readonly GlobalIPv6Address: string;
        readonly GlobalIPv6PrefixLen: number;
        readonly Gateway: string;
        readonly IPv6Gateway: string;
        readonly MacAddress: string;
        readonly Aliases: readonly string[];
      }
    >
  >;
}

/** The networks of a container: those that it is in while it runs, else those that it is configured to be in. */
export function networkSettings(core: ContainerCore, state: ContainerState): InspectNetworkSettings {
  const lives = state.pid > 0 && core.config.createNetNS;
  const found = lives ? attachmentsOf(core) : [];
  const choices = networksOf(core.config, core.settings);
  const configured = lives ? found.map(({ network }) => network) : choices.map(({ name }) => name);
  const Networks = Object.fromEntries(
    configured.map((name) => {
      const one = found.find(({ network }) => network === name);
      const four = one?.addresses.find(({ address }) => !address.includes(':'));
      const six = one?.addresses.find(({ address }) => address.includes(':'));
      return [
        name,
        {
          IPAddress: four?.address ?? '',
          IPPrefixLen: four?.prefix ?? 0,
          GlobalIPv6Address: six?.address ?? '',
          GlobalIPv6PrefixLen: six?.prefix ?? 0,
          Gateway: one?.gateways.find((gateway) => !gateway.includes(':')) ?? '',
          IPv6Gateway: one?.gateways.find((gateway) => gateway.includes(':')) ?? '',
          MacAddress: one?.mac ?? '',
          Aliases: [...(choices.find((choice) => choice.name === name)?.aliases ?? []), core.id.slice(0, 12)],
        },
      ];
    }),
  );
  const first = Networks[configured[0] ?? ''];
  return {
    IPAddress: first?.IPAddress ?? '',
    IPPrefixLen: first?.IPPrefixLen ?? 0,
    Gateway: first?.Gateway ?? '',
    MacAddress: first?.MacAddress ?? '',
    Ports: portBindings(core.config),
    Networks,
  };
}
