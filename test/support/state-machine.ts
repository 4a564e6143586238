/** The state machine of containers, as podman's manual tells it: the model that the engine is compared with. */

/** What may be asked of the model, and of an engine. */
export const VERBS = [
  'create',
  'init',
  'start',
  'stop',
  'kill',
  'pause',
  'unpause',
  'rename',
  'update',
  'exec',
  'remove',
] as const;
export type Verb = (typeof VERBS)[number];

export interface ModelContainer {
  /** The engine's ID of it; known when it has answered. */
  id: string;
  name: string;
  state: 'configured' | 'created' | 'running' | 'paused' | 'exited' | 'gone';
  pidsLimit: number;
}

/** One verb on one container. `create` and `rename` take the name, `update` the limit. */
export interface Request {
  readonly verb: Verb;
  readonly name: string;
  readonly limit: number;
}

const ALLOWED: Readonly<Partial<Record<Verb, readonly ModelContainer['state'][]>>> = {
  init: ['configured', 'exited'],
  start: ['configured', 'created', 'exited'],
  // One that does not run is stopped already.
  stop: ['configured', 'created', 'running', 'exited'],
  kill: ['created', 'running', 'paused'],
  pause: ['running'],
  unpause: ['paused'],
  exec: ['running'],
  remove: ['configured', 'created', 'exited'],
};

const AFTER: Readonly<Partial<Record<Verb, ModelContainer['state']>>> = {
  init: 'created',
  start: 'running',
  kill: 'exited',
  pause: 'paused',
  unpause: 'running',
  remove: 'gone',
};

/** Containers, in the order of their creation; removed ones stay, as there are handles to them. */
export class StateMachine {
  readonly containers: ModelContainer[];

  constructor(containers: readonly ModelContainer[] = []) {
    this.containers = containers.map((one) => ({ ...one }));
  }

  get live(): ModelContainer[] {
    return this.containers.filter(({ state }) => state !== 'gone');
  }

  /**
   * Carries out a verb.
   *
   * @param at the place of the container in the list
   * @returns `ok`, or the code of the error
   */
  apply({ verb, name, limit }: Request, at: number): string {
    const taken = this.live.find((one) => one.name === name);
    if (verb === 'create') {
      if (taken !== undefined) return 'ERR_NAME_IN_USE';
      this.containers.push({ id: '', name, state: 'configured', pidsLimit: 0 });
      return 'ok';
    }
    const one = this.containers[at];
    if (one === undefined || one.state === 'gone') return 'ERR_REMOVED';
    if (verb === 'rename') {
      if (taken !== undefined && taken !== one) return 'ERR_NAME_IN_USE';
      one.name = name;
    }
    if (ALLOWED[verb]?.includes(one.state) === false) return 'ERR_INVALID_STATE';
    if (verb === 'update') one.pidsLimit = limit;
    if (verb === 'stop') one.state = one.state === 'configured' ? 'configured' : 'exited';
    else one.state = AFTER[verb] ?? one.state;
    return 'ok';
  }
}
