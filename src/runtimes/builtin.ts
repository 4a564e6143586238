import { compileLaunch } from '../launch/compile.js';
import type { LaunchProgram } from '../launch/program.js';
import type { LaunchRequest } from '../launch/request.js';
import type { MonitorExecutable, MonitorPlace } from '../linux/monitor-process.js';
import { launch, type Launched } from '../monitor/start.js';
import type { LaunchMode, OciRuntime } from './runtime.js';
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

  async plan(request: LaunchRequest): Promise<LaunchProgram> {
    const { seccomp } = request.spec.linux ?? {};
    return compileLaunch(seccomp === undefined ? request : { ...request, seccompFilter: await this.#seccomp.get(seccomp) });
  }

  async launch(request: LaunchRequest, mode: LaunchMode): Promise<Launched> {
    const program = await this.plan(request);
    return launch({ ...mode, executable: this.#executable, place: this.#place, program });
  }
}
