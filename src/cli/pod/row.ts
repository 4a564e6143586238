import type { PodSummary } from '../../index.js';
import { humanAgo } from '../output/human-time.js';
import { statusWord } from '../status.js';
import { shareWord } from './share.js';

const ID_WIDTH = 12;

/** Column headings of podman's pod ps by template field. */
export const POD_HEADINGS = {
  Id: 'POD ID',
  ID: 'POD ID',
  Name: 'NAME',
  Status: 'STATUS',
  Created: 'CREATED',
  InfraID: 'INFRA ID',
  InfraId: 'INFRA ID',
  NumberOfContainers: '# OF CONTAINERS',
  ContainerIds: 'IDS',
  ContainerNames: 'NAMES',
  ContainerStatuses: 'STATUS',
  Cgroup: 'CGROUP',
  Namespace: 'NAMESPACES',
  Labels: 'LABELS',
} as const;

/** A pod that never was, to try a format on. */
export const SAMPLE_POD: PodSummary = {
  id: '',
  name: '',
  status: 'Created',
  createdTime: new Date(0).toISOString(),
  labels: {},
  infraId: '',
  cgroupPath: '',
  sharedNamespaces: [],
  networks: [],
  containers: [],
};

/** The fields that a format of pod ps may show: podman-pod-ps(1), --format. */
export function podRow(pod: PodSummary, truncate: boolean) {
  const shown = (id: string): string => (truncate ? id.slice(0, ID_WIDTH) : id);
  const { containers } = pod;
  return {
    Id: shown(pod.id),
    ID: shown(pod.id),
    Name: pod.name,
    Status: pod.status,
    Created: pod.createdTime === '' ? '' : humanAgo(pod.createdTime),
    InfraID: shown(pod.infraId),
    InfraId: shown(pod.infraId),
    NumberOfContainers: containers.length,
    ContainerIds: containers.map(({ id }) => shown(id)).join(','),
    ContainerNames: containers.map(({ name }) => name).join(','),
    ContainerStatuses: containers.map(({ state }) => statusWord(state)).join(','),
    Cgroup: pod.cgroupPath,
    Namespace: pod.sharedNamespaces.map(shareWord).join(','),
    Labels: Object.entries(pod.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  };
}

/** One pod of `pod ps --format json`, with podman's keys. */
export function podJson(pod: PodSummary) {
  return {
    Cgroup: pod.cgroupPath,
    Containers: pod.containers.map(({ id, name, state }) => ({
      Id: id,
      Names: name,
      Status: statusWord(state),
    })),
    Created: pod.createdTime,
    Id: pod.id,
    InfraId: pod.infraId,
    Name: pod.name,
    Namespace: pod.sharedNamespaces.map(shareWord).join(','),
    Networks: pod.networks,
    Status: pod.status,
    Labels: pod.labels,
  };
}
