/** What an event is about. */
export const EVENT_TYPES = ['container', 'pod', 'image', 'volume', 'network', 'system'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What has happened: podman's words (podman-events(1)), and `oom`. */
export const EVENT_STATUSES = [
  'attach',
  'checkpoint',
  'cleanup',
  'commit',
  'connect',
  'create',
  'died',
  'disconnect',
  'exec',
  'exec_died',
  'export',
  'health_status',
  'import',
  'init',
  'kill',
  'mount',
  'oom',
  'pause',
  'prune',
  'pull',
  'push',
  'refresh',
  'remove',
  'rename',
  'restart',
  'restore',
  'save',
  'start',
  'stop',
  'sync',
  'tag',
  'unmount',
  'unpause',
  'untag',
  'update',
] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Whom an event is about, as it was then. */
export interface EventSubject {
  readonly type: EventType;
  /** The full ID; '' where there is none, as of the system. */
  readonly id: string;
  readonly name: string;
  /** The image of a container, or what its root is made of. */
  readonly image?: string | undefined;
  /** The full ID of the pod that a container belongs to. */
  readonly pod?: string | undefined;
  /** The labels, and what else belongs to the event. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Something that has happened. */
export interface LibpodEvent extends EventSubject {
  readonly status: EventStatus;
  readonly time: Date;
  /** The same in nanoseconds since 1970-01-01 UTC. */
  readonly timeNs: bigint;
  /** No other event has it; it follows from what happened, not from who told it, or when. */
  readonly key: string;
  /** The generation of the state that came of it, where an engine has decided it. */
  readonly generation?: number | undefined;
  /** Of `died` and `exec_died`. */
  readonly exitCode?: number | undefined;
  /** Of `health_status`. */
  readonly healthStatus?: string | undefined;
}

/**
 * An event that belongs to a record: it is told right after the record is written. Whoever reads the record and does not
 * find the event in the journal tells it, as its author was killed in between.
 */
export interface OwedEvent {
  readonly status: EventStatus;
  readonly key: string;
  /** Nanoseconds since 1970-01-01 UTC, decimal. */
  readonly time: string;
  readonly generation: number;
}
