import type { RuntimePlace } from '../launch/external.js';
import type { LaunchProgram } from '../launch/program.js';
import type { LaunchRequest } from '../launch/request.js';
import type { SessionRequest } from '../launch/session.js';
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

/** A launch that only has to be carried out. */
export interface PreparedLaunch {
  /** For people. */
  readonly program: LaunchProgram;
  /** For the monitor. */
  readonly bytes: Uint8Array;
}

/** A way to run OCI containers. */
export interface OciRuntime {
  /** The name under which a container records it. */
  readonly name: string;
  /**
   * Works out what a launch will do to the kernel; does nothing.
   *
   * @throws LibpodError ERR_SPEC_UNSUPPORTED, ERR_SPEC_INVALID, ERR_UNSUPPORTED
   */
  prepare(request: LaunchRequest, place: RuntimePlace): Promise<PreparedLaunch>;
  /**
   * Works out the launch of an exec session; does nothing.
   *
   * @throws LibpodError ERR_SPEC_INVALID, ERR_UNSUPPORTED
   */
  prepareSession(request: SessionRequest, place: RuntimePlace): Promise<PreparedLaunch>;
  /**
   * Launches a container.
   *
   * @throws LibpodError in the user's words; nothing of the launch is left then
   */
  launch(prepared: PreparedLaunch, mode: LaunchMode): Promise<Launched>;
}
