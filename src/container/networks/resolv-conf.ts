import { readTextFile } from '../../linux/files/files.js';
import { networksOf } from '../../model/settings.js';
import { resolvConfText } from '../../spec/network-files.js';
import type { ContainerCore } from '../core.js';

/** The container's /etc/resolv.conf. */
export const RESOLV_CONF_FILE = 'resolv.conf';

/** The name servers of its networks, or of those of the container whose namespace it joins, where they have some of their own. */
function dnsServersOf({ config, settings, services }: ContainerCore): string[] | undefined {
  const { records, networks } = services;
  const joined = config.netNsCtr === undefined ? undefined : records.config(config.netNsCtr);
  const choices =
    joined === undefined ? networksOf(config, settings) : networksOf(joined, records.settings(joined));
  const servers = choices.flatMap(({ name }) => networks.find(name)?.dnsServers ?? []);
  return servers.length === 0 ? undefined : [...new Set(servers)];
}

/** The text of its /etc/resolv.conf. @param networked whether it is in a network */
export function resolvConfOf(core: ContainerCore, networked: boolean): string {
  const { config } = core;
  const names = { ...config, dnsServer: config.dnsServer ?? dnsServersOf(core) };
  return resolvConfText(readTextFile('/etc/resolv.conf') ?? '', names, networked);
}
