import { compileLaunch } from '../launch/compile.js';
import { encodeProgram } from '../launch/encode.js';
import type { LaunchRequest } from '../launch/request.js';
import type { MonitorExecutable, MonitorPlace } from '../linux/monitor-process.js';
import { launch, type Launched } from '../monitor/start.js';
import type { LaunchMode, OciRuntime, PreparedLaunch } from './runtime.js';
import type { SeccompCache } from './seccomp-cache.js';

/** The runtime of this library: a launch program, run by the monitor itself. */
export class BuiltinRuntime implements OciRuntime {
  readonly name = 'libpod';
  readonly #executable: MonitorExecutable;
  readonly #place: MonitorPlace;
  readonly #seccomp: SeccompCache;

  constructor(executable: MonitorExecutable, place: MonitorPlace, seccomp: SeccompCache) {
    this.#executable = executable;
    this.#place = place;
    this.#seccomp = seccomp;
  }

  async prepare(request: LaunchRequest): Promise<PreparedLaunch> {
    const { seccomp } = request.spec.linux ?? {};
    const seccompFilter = seccomp === undefined ? undefined : await this.#seccomp.get(seccomp);
    const program = compileLaunch({ ...request, seccompFilter });
    return { program, bytes: encodeProgram(program) };
  }

  launch(prepared: PreparedLaunch, mode: LaunchMode): Promise<Launched> {
    return launch({ ...mode, ...prepared, executable: this.#executable, place: this.#place });
  }
}
