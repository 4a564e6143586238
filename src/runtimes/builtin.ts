import { compileLaunch } from '../launch/compile.js';
import { encodeProgram } from '../launch/encode.js';
import type { LaunchRequest } from '../launch/request.js';
import { compileSession, type SessionRequest } from '../launch/session.js';
import type { MonitorPool } from '../monitor/pool.js';
import { launch, type Launched } from '../monitor/start.js';
import type { LaunchMode, OciRuntime, PreparedLaunch } from './runtime.js';
import type { SeccompCache } from './seccomp-cache.js';

/** Its name. */
export const BUILTIN = 'libpod';

/** The runtime of this library: a launch program, run by the monitor itself. */
export class BuiltinRuntime implements OciRuntime {
  readonly name = BUILTIN;
  readonly #monitors: MonitorPool;
  readonly #seccomp: SeccompCache;

  constructor(monitors: MonitorPool, seccomp: SeccompCache) {
    this.#monitors = monitors;
    this.#seccomp = seccomp;
  }

  async prepare(request: LaunchRequest): Promise<PreparedLaunch> {
    const { seccomp } = request.spec.linux ?? {};
    const seccompFilter = seccomp === undefined ? undefined : await this.#seccomp.get(seccomp);
    const program = compileLaunch({ ...request, seccompFilter });
    return { program, bytes: encodeProgram(program) };
  }

  async prepareSession(request: SessionRequest): Promise<PreparedLaunch> {
    const { seccomp } = request;
    const seccompFilter = seccomp === undefined ? undefined : await this.#seccomp.get(seccomp);
    const program = compileSession({ ...request, seccompFilter });
    return { program, bytes: encodeProgram(program) };
  }

  launch(prepared: PreparedLaunch, mode: LaunchMode): Promise<Launched> {
    return launch({ ...mode, ...prepared, monitors: this.#monitors });
  }
}
