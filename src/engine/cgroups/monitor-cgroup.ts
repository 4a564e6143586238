import path from 'node:path';

/** The cgroup of all monitors: a sibling of the containers', outside their limits. */
export const monitorCgroup = (parent: string): string => path.join(parent, 'monitors');
