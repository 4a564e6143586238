import type { ContainerSummary } from '../../index.js';
import { humanAgo, humanDuration } from '../output/human-time.js';
import { humanSize } from '../output/human-size.js';
import { printable } from '../output/printable.js';
import { statusWord } from '../status.js';

/** The widest command that a table shows; podman cuts to 17 and three dots. */
const COMMAND_WIDTH = 20;
const ID_WIDTH = 12;

/** Column headings of podman's ps by template field. */
export const PS_HEADINGS = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedHuman: 'CREATED',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  State: 'STATE',
  Ports: 'PORTS',
  Names: 'NAMES',
  Labels: 'LABELS',
  Size: 'SIZE',
  Pid: 'PID',
  Mounts: 'MOUNTS',
  Networks: 'NETWORKS',
  ImageID: 'IMAGE ID',
  Pod: 'POD ID',
  PodName: 'PODNAME',
  ExitCode: 'EXIT CODE',
} as const;

/** A container that never was, to try a format on. */
export const SAMPLE: ContainerSummary = {
  id: '',
  name: '',
  state: 'unknown',
  command: [],
  createdTime: new Date(0).toISOString(),
  startedTime: '',
  finishedTime: '',
  exitCode: 0,
  pid: 0,
  health: '',
  labels: {},
  rootfsName: '',
  ports: [],
  volumes: [],
  mounts: [],
  networks: [],
  imageId: '',
  autoRemove: false,
  pod: '',
  isInfra: false,
  restartPolicy: 'no',
  stoppedByUser: false,
};

/** How a container is doing: `Up 3 seconds`, `Exited (0) 2 minutes ago`, `Created`. */
export function statusText({ state, health, startedTime, finishedTime, exitCode }: ContainerSummary): string {
  switch (state) {
    case 'running':
      return `Up ${humanDuration(Date.now() - Date.parse(startedTime))}${health === '' ? '' : ` (${health})`}`;
    case 'paused':
      return `Up ${humanDuration(Date.now() - Date.parse(startedTime))} (Paused)`;
    case 'restarting':
      return `Restarting (${exitCode}) ${humanAgo(finishedTime)}`;
    case 'exited':
      return finishedTime === '' ? `Exited (${exitCode})` : `Exited (${exitCode}) ${humanAgo(finishedTime)}`;
    default: {
      const word = statusWord(state);
      return word.charAt(0).toUpperCase() + word.slice(1);
    }
  }
}

function shortened(command: string): string {
  const letters = [...command];
  return letters.length > COMMAND_WIDTH ? `${letters.slice(0, COMMAND_WIDTH - 3).join('')}...` : command;
}

/** The bytes of a container's root, and of what it has written of them. */
export interface ContainerSize {
  readonly root: number;
  readonly written: number;
}

/** What a row shows of a container that its summary does not have. */
export interface RowExtras {
  readonly podName?: string | undefined;
  readonly size?: ContainerSize | undefined;
}

function sizeText({ root, written }: ContainerSize): string {
  return `${humanSize(written, 3)} (virtual ${humanSize(root, 3)})`;
}

/** Ports as podman's ps shows them: `0.0.0.0:8080->80/tcp`. */
function portsText(ports: ContainerSummary['ports']): string {
  return ports
    .map(({ hostIP, hostPort, containerPort, protocol }) => {
      const host = hostIP.includes(':') ? `[${hostIP}]` : hostIP || '0.0.0.0';
      return `${host}:${hostPort}->${containerPort}/${protocol}`;
    })
    .join(', ');
}

/** The fields that a format of ps may show: podman-ps(1), --format. */
export function templateRow(
  container: ContainerSummary,
  truncate: boolean,
  { podName = '', size }: RowExtras = {},
) {
  const command = printable(container.command.join(' '));
  return {
    ID: truncate ? container.id.slice(0, ID_WIDTH) : container.id,
    Image: container.rootfsName,
    Command: truncate ? shortened(command) : command,
    CreatedHuman: humanAgo(container.createdTime),
    CreatedAt: container.createdTime,
    RunningFor: humanAgo(container.createdTime),
    Status: statusText(container),
    State: statusWord(container.state),
    Ports: portsText(container.ports),
    Names: container.name,
    Labels: Object.entries(container.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    Size: size === undefined ? '' : sizeText(size),
    Mounts: container.mounts.map(({ destination }) => destination).join(','),
    Networks: container.networks.join(','),
    ImageID: truncate ? container.imageId.slice(0, ID_WIDTH) : container.imageId,
    Pid: container.pid,
    Pod: truncate ? container.pod.slice(0, ID_WIDTH) : container.pod,
    PodName: podName,
    IsInfra: container.isInfra,
    ExitCode: container.exitCode,
    Exited: container.state === 'exited',
    AutoRemove: container.autoRemove,
    StartedAt: unixSeconds(container.startedTime),
    ExitedAt: unixSeconds(container.finishedTime),
    Created: unixSeconds(container.createdTime),
  };
}

/** Go's zero time in seconds since 1970, which podman shows for never. */
const NEVER = -62135596800;

function unixSeconds(iso: string): number {
  return iso === '' ? NEVER : Math.floor(Date.parse(iso) / 1000);
}

/** One container of `ps --format json`, with podman's keys. */
export function jsonRow(container: ContainerSummary, { podName = '', size }: RowExtras = {}) {
  return {
    AutoRemove: container.autoRemove,
    Command: container.command,
    CreatedAt: humanAgo(container.createdTime),
    Exited: container.state === 'exited',
    ExitedAt: unixSeconds(container.finishedTime),
    ExitCode: container.exitCode,
    Id: container.id,
    Image: container.rootfsName,
    ImageID: container.imageId,
    IsInfra: container.isInfra,
    Labels: Object.keys(container.labels).length === 0 ? null : container.labels,
    Mounts: container.mounts.map(({ destination }) => destination),
    Names: [container.name],
    Networks: container.networks,
    Pid: container.pid,
    Pod: container.pod,
    PodName: podName,
    Ports:
      container.ports.length === 0
        ? null
        : container.ports.map(({ hostIP, hostPort, containerPort, protocol }) => ({
            host_ip: hostIP,
            container_port: containerPort,
            host_port: hostPort,
            range: 1,
            protocol,
          })),
    ...(size === undefined ? {} : { Size: { rootFsSize: size.root, rwSize: size.written } }),
    StartedAt: unixSeconds(container.startedTime),
    State: statusWord(container.state),
    Status: statusText(container),
    Created: unixSeconds(container.createdTime),
  };
}
