import type { OwnNetwork } from './config.js';

/** A network as the kernel has it. */
export interface LiveNetwork {
  readonly config: OwnNetwork;
  /** The index of its bridge, or of its parent. */
  readonly link: number;
  /** The address of its parent, which all interfaces of ipvlan have. */
  readonly mac?: string | undefined;
}
