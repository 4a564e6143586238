import {
  compileForRuntime,
  compileSessionForRuntime,
  type RuntimeCommand,
  type RuntimePlace,
} from '../launch/external.js';
import { encodeProgram } from '../launch/encode.js';
import type { LaunchProgram } from '../launch/program.js';
import type { LaunchRequest } from '../launch/request.js';
import type { SessionRequest } from '../launch/session.js';
import type { MonitorPool } from '../monitor/pool.js';
import { launch, type Launched } from '../monitor/start.js';
import type { LaunchMode, OciRuntime, PreparedLaunch } from './runtime.js';

function ready(program: LaunchProgram): Promise<PreparedLaunch> {
  return Promise.resolve({ program, bytes: encodeProgram(program) });
}

/**
 * An OCI runtime that keeps to the command line, under a monitor of this library: crun, runc and others
 * (docs/runtimes.md).
 */
export class ExternalRuntime implements OciRuntime {
  readonly #monitors: MonitorPool;
  readonly #command: RuntimeCommand;

  constructor(monitors: MonitorPool, command: RuntimeCommand) {
    this.#monitors = monitors;
    this.#command = command;
  }

  get name(): string {
    return this.#command.name;
  }

  async prepare(request: LaunchRequest, place: RuntimePlace): Promise<PreparedLaunch> {
    return ready(compileForRuntime(request, this.#command, place));
  }

  async prepareSession(request: SessionRequest, place: RuntimePlace): Promise<PreparedLaunch> {
    return ready(compileSessionForRuntime(request, this.#command, place));
  }

  launch(prepared: PreparedLaunch, mode: LaunchMode): Promise<Launched> {
    return launch({ ...mode, ...prepared, monitors: this.#monitors });
  }
}
