/** A command that is known by name; its file is loaded when it is used. */
export interface LazyCommand {
  readonly about: string;
  /** The module whose `definition` is the RuntimeCommand. */
  readonly load: () => Promise<{ readonly definition: unknown }>;
}

/** The commands by their names. */
export const COMMANDS: Readonly<Record<string, LazyCommand>> = {
  create: { about: 'create a container of a bundle', load: () => import('./commands/create.js') },
  delete: { about: 'remove what is left of a container', load: () => import('./commands/delete.js') },
  events: { about: "tell a container's usage and events", load: () => import('./commands/events.js') },
  exec: { about: 'run a process in a container', load: () => import('./commands/exec.js') },
  features: { about: 'tell what this runtime can do', load: () => import('./commands/features.js') },
  kill: { about: "send a signal to a container's init", load: () => import('./commands/kill.js') },
  list: { about: 'list the containers of a root', load: () => import('./commands/list.js') },
  pause: { about: 'stop all processes of a container', load: () => import('./commands/pause.js') },
  ps: { about: "list a container's processes", load: () => import('./commands/ps.js') },
  resume: { about: 'let a paused container go on', load: () => import('./commands/resume.js') },
  run: { about: 'create a container and start it', load: () => import('./commands/run.js') },
  spec: { about: 'write a specification to begin with', load: () => import('./commands/spec.js') },
  start: { about: "run a created container's program", load: () => import('./commands/start.js') },
  state: { about: "tell a container's state", load: () => import('./commands/state.js') },
  update: { about: "change a container's limits", load: () => import('./commands/update.js') },
};
