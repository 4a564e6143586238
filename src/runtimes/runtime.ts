import type { LaunchProgram } from '../launch/program.js';
import type { LaunchRequest } from '../launch/request.js';
import type { MonitorConnection } from '../monitor/connection.js';
import type { Launched } from '../monitor/start.js';

/** How to launch, beside what. */
export interface LaunchMode {
  readonly containerId: string;
  /** Whether to run the program at once; else the container stays created. */
  readonly start: boolean;
  /** Called before the container can write anything, to attach without a gap. */
  readonly beforeStart?: ((connection: MonitorConnection) => void) | undefined;
}

/** A way to run OCI containers. */
export interface OciRuntime {
  /** The name under which a container records it. */
  readonly name: string;
  /** What a launch would do to the kernel; does nothing. */
  plan(request: LaunchRequest): Promise<LaunchProgram>;
  /**
   * Launches a container.
   *
   * @throws LibpodError in the user's words; nothing of the launch is left then
   */
  launch(request: LaunchRequest, mode: LaunchMode): Promise<Launched>;
}
