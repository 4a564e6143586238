import type { ContainerStatus } from '../index.js';

/**
 * podman's words for the states: what was only configured reads `created`, what was created `initialized`
 * (podman-ps(1), --filter status).
 */
const WORDS: Readonly<Record<ContainerStatus, string>> = {
  unknown: 'unknown',
  configured: 'created',
  created: 'initialized',
  running: 'running',
  stopping: 'stopping',
  exited: 'exited',
  paused: 'paused',
  restarting: 'restarting',
  removing: 'removing',
};

/** A state as podman prints it. */
export function statusWord(status: ContainerStatus): string {
  return WORDS[status];
}

/** The states that a word of --filter status means; none for a word that is not known. */
export function statusesOfWord(word: string): readonly ContainerStatus[] {
  const wanted = word === 'stopped' ? 'exited' : word;
  return (Object.keys(WORDS) as ContainerStatus[]).filter((status) => WORDS[status] === wanted);
}
