import type { LinuxIDMapping } from '../oci/runtime-spec.js';
import { mapWords, type IdMaps } from './id-maps.js';
import type { Instruction } from './instructions.js';
import type { ProgramBuilder } from './program.js';

/** Instructions of `prepare` that hand a mount over to the child. */
type HandedInstruction = Extract<Instruction, { op: 'handed-bind' | 'bind-joined' | 'mount' | 'overlay' }>;

/**
 * The mounts that the monitor makes and hands over: all that come from the host's tree where the child is in a user
 * namespace, which has no rights there, and those with mapped IDs.
 */
export class HandedMounts {
  readonly #builder: ProgramBuilder;
  #count = 0;
  #map = '';

  constructor(builder: ProgramBuilder) {
    this.#builder = builder;
  }

  /** Sees to it that the mounts which follow have their IDs mapped so. */
  mapIds({ uid, gid }: IdMaps): void {
    const [uids, gids] = [mapWords(uid), mapWords(gid)];
    const key = `${uids.join()};${gids.join()}`;
    if (key === this.#map) return;
    this.#map = key;
    this.#builder.add('prepare', { op: 'id-map', uids, gids }, `map the IDs of mounts ${describe(uid)}`);
  }

  /** Adds a mount, and answers its number. */
  add(instruction: HandedInstruction, origin: string): number {
    this.#builder.add('prepare', instruction, origin);
    return this.#count++;
  }

  /** Adds a mount that is attached inside the root. */
  attach(instruction: HandedInstruction, target: string, origin: string): void {
    const mount = this.add(instruction, origin);
    this.#builder.add('enter', { op: 'attach', mount, target }, origin);
  }
}

function describe(map: readonly LinuxIDMapping[]): string {
  return map.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`).join(',');
}
