import { ContainerFiles } from '../bundles/state-directory.js';
import { usage, type Flags, type Values } from './arguments.js';

/** What all commands are told. */
export interface Globals {
  /** The directory that has the containers. */
  readonly root: string;
  /** Logs what failed and does not end the command. */
  readonly warn: (error: unknown) => void;
  /** Whether systemd makes the cgroups of new containers. */
  readonly systemdCgroup: boolean;
}

/** A command of the runtime. */
export interface RuntimeCommand<F extends Flags = Flags> {
  readonly flags: F;
  /** The words that it takes, for the help. */
  readonly words: string;
  /** Whether its flags end with the first word. */
  readonly inOrder?: boolean;
  /** The status of a failure, if not 1. */
  readonly failure?: number;
  /** @returns the exit status */
  run(values: Values<F>, words: readonly string[], globals: Globals): number | Promise<number>;
}

/** Gives a command the types of its flags. */
export function command<const F extends Flags>(definition: RuntimeCommand<F>): RuntimeCommand<F> {
  return definition;
}

/** The files of the container that a command's only word names. */
export function containerOf(words: readonly string[], { root }: Globals): ContainerFiles {
  const [id, ...more] = words;
  if (id === undefined) throw usage('a container ID is missing');
  if (more.length > 0) throw usage(`too many arguments: ${more.join(' ')}`);
  return new ContainerFiles(root, id);
}

/** Writes to stdout, at once: the stream of Node would make a pipe that others share non-blocking. */
export { writeOut } from './write-out.js';
