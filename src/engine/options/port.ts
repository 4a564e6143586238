/** A port of the host, or as many in a row, that lead to those of the container. */
export interface PortOption {
  /** The first port of the container. */
  readonly containerPort: number;
  /** The first port of the host; the same as the container's unless given; 0 for free ones, which are chosen with the container. */
  readonly hostPort?: number | undefined;
  /** How many, 1 unless given. */
  readonly range?: number | undefined;
  /** `tcp` unless given. */
  readonly protocol?: 'tcp' | 'udp' | 'sctp' | undefined;
  /** An address of the host; all of them unless given. */
  readonly hostIP?: string | undefined;
}
