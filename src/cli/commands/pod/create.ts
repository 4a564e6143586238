import { existsSync, writeFileSync } from 'node:fs';
import type { PodCreateOptions } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { networkMode, parseNetworks, type NetworkFlags } from '../../flags/network.js';
import { parseDevice } from '../../flags/devices.js';
import { parseVolume } from '../../flags/mounts.js';
import { parseSecurityOptions } from '../../flags/security.js';
import { parseNamespace } from '../../flags/namespaces.js';
import {
  addUserNamespaceFlags,
  parseUserNamespace,
  type UserNamespaceFlags,
} from '../../flags/user-namespace.js';
import { addResourceFlags, parseResources, type ResourceFlags } from '../../flags/resources.js';
import {
  collect,
  collectList,
  parseFullPairs,
  parsePairs,
  parseSize,
  readNamedFile,
} from '../../flags/values.js';
import { parseShare } from '../../pod/share.js';
import { withRuntime } from '../../runtime.js';

interface PodCreateFlags extends ResourceFlags, NetworkFlags, UserNamespaceFlags {
  readonly name?: string;
  readonly label?: readonly string[];
  readonly labelFile?: readonly string[];
  readonly infra?: boolean;
  readonly infraName?: string;
  readonly share?: string;
  readonly shareParent?: boolean;
  readonly hostname?: string;
  readonly exitPolicy?: string;
  readonly pid?: string;
  readonly uts?: string;
  readonly addHost?: readonly string[];
  readonly hosts?: boolean;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOption?: readonly string[];
  readonly sysctl?: readonly string[];
  readonly shmSize?: string;
  readonly cgroupParent?: string;
  readonly podIdFile?: string;
  readonly replace?: boolean;
  readonly volume?: readonly string[];
  readonly volumesFrom?: readonly string[];
  readonly device?: readonly string[];
  readonly securityOpt?: readonly string[];
}

function parseLabels({ label = [], labelFile = [] }: PodCreateFlags): Record<string, string> {
  const lines = labelFile.flatMap((file) =>
    readNamedFile('label-file', file)
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );
  return parsePairs('label', [...lines, ...label], () => '');
}

function optionsOf(flags: PodCreateFlags, name: string | undefined): PodCreateOptions {
  const { exitPolicy } = flags;
  if (exitPolicy !== undefined && exitPolicy !== 'continue' && exitPolicy !== 'stop')
    throw new UsageError(`invalid pod exit policy: ${JSON.stringify(exitPolicy)}: give continue or stop`);
  const modes = { pid: flags.pid, uts: flags.uts, network: networkMode(flags.network) };
  const { user, ...mappings } = parseUserNamespace(flags);
  const namespaces = {
    ...Object.fromEntries(
      (['pid', 'network', 'uts'] as const).flatMap((flag) => {
        const text = modes[flag];
        return text === undefined ? [] : [[flag, parseNamespace(flag, text)]];
      }),
    ),
    ...(user !== undefined && { user }),
  };
  // What is empty is left out: a limit that was not asked for must not count as one.
  const resources = Object.fromEntries(
    Object.entries(parseResources(flags)).filter(([, value]) => value !== undefined),
  );
  return {
    name,
    labels: parseLabels(flags),
    infra: flags.infra,
    infraName: flags.infraName,
    share: flags.share === undefined ? undefined : parseShare(flags.share),
    shareParent: flags.shareParent,
    hostname: flags.hostname,
    exitPolicy,
    namespaces: Object.keys(namespaces).length === 0 ? undefined : namespaces,
    ...mappings,
    resources: Object.keys(resources).length === 0 ? undefined : resources,
    addHosts: flags.addHost,
    noHosts: flags.hosts === false ? true : undefined,
    dns: flags.dns,
    dnsSearch: flags.dnsSearch,
    dnsOptions: flags.dnsOption,
    ...parseNetworks(flags),
    sysctl: flags.sysctl && parseFullPairs('sysctl', flags.sysctl),
    shmSize: flags.shmSize === undefined ? undefined : parseSize('shm-size', flags.shmSize),
    mounts: flags.volume?.map(parseVolume),
    volumesFrom: flags.volumesFrom,
    hostDevices: flags.device?.map(parseDevice),
    ...(flags.securityOpt && parseSecurityOptions(flags.securityOpt)),
  };
}

/** `pod create`: podman-pod-create(1). Prints the ID. */
export function define(command: PodmanCommand): void {
  addResourceFlags(command);
  addUserNamespaceFlags(command);
  command
    .usage('[options] [NAME]')
    .argument('[name]')
    .option('-n, --name <name>', 'assign a name to the pod')
    .option('-l, --label <key=value>', 'set metadata', collect)
    .option('--label-file <file>', 'read labels from a file', collect)
    .option('--infra', 'make an infra container, which holds the shared namespaces (default true)')
    .option('--infra-name <name>', 'assign a name to the infra container')
    .option(
      '--share <namespaces>',
      'cgroup, ipc, net, pid, user, uts; none; +pid adds (default "ipc,net,uts")',
    )
    .option('--share-parent', "make the containers' cgroups beneath the pod's (default true)")
    .option('-h, --hostname <name>', 'the host name of the pod')
    .option('--exit-policy <policy>', 'what follows the end of the last container: continue or stop')
    .option('--pid <mode>', 'PID namespace of the pod: private, host, container:NAME or ns:PATH')
    .option('--uts <mode>', 'UTS namespace of the pod: private, host, container:NAME or ns:PATH')
    .option(
      '--net, --network <mode>',
      'networks of the pod; or its network namespace: none, private, host, container:NAME or ns:PATH',
      collect,
    )
    .option('-p, --publish <ports>', 'publish ports: [[IP:]HOST:]CONTAINER[/PROTOCOL]', collectList)
    .option('--ip <address>', 'a static address of IPv4')
    .option('--ip6 <address>', 'a static address of IPv6')
    .option('--mac-address <address>', 'a static MAC address')
    .option('--network-alias <name>', 'a name for the other containers of its networks', collectList)
    .option('--add-host <name:address>', 'add a line to /etc/hosts', collectList)
    .option('--no-hosts', "leave the roots' own /etc/hosts alone")
    .option('--dns <address>', 'name servers', collectList)
    .option('--dns-search <domain>', 'domains in which names are looked up', collectList)
    .option('--dns-option <option>', 'options of resolv.conf', collectList)
    .option('--sysctl <name=value>', 'kernel parameters', collect)
    .option('--shm-size <size>', 'size of /dev/shm')
    .option('--cgroup-parent <path>', "the cgroup that holds the pod's")
    .option(
      '-v, --volume <src:dst[:options]>',
      'a path of the host, or a volume, for all containers',
      collect,
    )
    .option('--volumes-from <container[:options]>', 'mount what another container has', collectList)
    .option('--device <host[:container][:access]>', 'a device of the host for all containers', collectList)
    .option('--security-opt <option>', 'as of run, for all containers', collect)
    .option('--pod-id-file <file>', 'write the ID of the pod to a file')
    .option('--replace', 'remove a pod that has the name')
    .helpOption('--help', 'help for this command')
    .action(async (word: string | undefined) => {
      const flags = command.opts<PodCreateFlags>();
      if (word !== undefined && flags.name !== undefined)
        throw new UsageError('the name of the pod is given twice: as an argument, and with --name');
      const options = optionsOf(flags, word ?? flags.name);
      if (flags.replace && options.name === undefined)
        throw new UsageError('cannot replace pod without --name being set');
      if (flags.podIdFile !== undefined && existsSync(flags.podIdFile))
        throw new UsageError(
          `pod id file ${flags.podIdFile} exists: ensure that no other pod uses it, or remove it`,
        );
      await withRuntime(
        command,
        async (runtime) => {
          if (flags.replace && options.name !== undefined && runtime.hasPod(options.name))
            await runtime.removePod(options.name, { force: true });
          const pod = await runtime.createPod(options);
          try {
            // Exclusive: another one may have come since the check.
            if (flags.podIdFile !== undefined) writeFileSync(flags.podIdFile, pod.id, { flag: 'wx' });
          } catch (error) {
            await pod.remove();
            throw new UsageError(`cannot write pod id file ${flags.podIdFile}: ${(error as Error).message}`);
          }
          process.stdout.write(`${pod.id}\n`);
        },
        flags.cgroupParent,
      );
    });
}
