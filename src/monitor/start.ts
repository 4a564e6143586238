import { LibpodError } from '../base/errors.js';
import { keepAlive } from '../base/keep-alive.js';
import { explainFailure } from '../launch/explain.js';
import type { LaunchProgram } from '../launch/program.js';
import type { MonitorConnection } from './connection.js';
import type { EngineMessage } from './messages.js';
import type { MonitorPool } from './pool.js';
import { earlyEnd } from './early-end.js';

/** A container that a monitor of ours stands over. */
export interface Launched {
  readonly connection: MonitorConnection;
  readonly monitorPid: number;
  /** Settles when nothing of the container is left in the monitor. */
  readonly ended: Promise<unknown>;
  readonly pid: number;
  readonly startTicks: bigint;
}

export interface LaunchOptions {
  readonly monitors: MonitorPool;
  /** The program, for messages, and as the monitor reads it. */
  readonly program: LaunchProgram;
  readonly bytes: Uint8Array;
  readonly containerId: string;
  /** Whether to open the gate as soon as the container is created; else it stays created. */
  readonly start: boolean;
  /** Called before the container can write anything, to attach without a gap. */
  readonly beforeStart?: ((connection: MonitorConnection) => void) | undefined;
}

/**
 * Starts a monitor on a program and waits until the container is created, or runs.
 *
 * @throws LibpodError what failed, in the user's words; then nothing of the launch is left
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const word: EngineMessage = { type: options.start ? 'start' : 'keep' };
  // With the program itself, unless something must come between.
  const monitor = await options.monitors.start(
    options.bytes,
    options.beforeStart === undefined ? word : undefined,
  );
  const { connection } = monitor;
  if (options.beforeStart !== undefined) {
    try {
      options.beforeStart(connection);
    } catch (error) {
      // Unasked for a word, the monitor undoes the launch; until then it holds what a removal would take away.
      connection.close();
      await keepAlive(monitor.ended);
      throw error;
    }
    connection.send(word);
  }
  const created = await connection.next('created');
  // `started` comes with it or never: with `start` the gate is open before anybody waits there.
  const started = created !== undefined && options.start ? await connection.next('started') : created;
  // Not before: the monitor and the child want the processors now.
  options.monitors.fill();
  if (created !== undefined && started !== undefined) {
    return {
      connection,
      monitorPid: monitor.pid,
      ended: monitor.ended,
      pid: created.pid,
      startTicks: created.startTicks,
    };
  }
  // The monitor closes the connection once everything is undone.
  const failed = connection.seen('failed');
  const exited = connection.seen('exited');
  await keepAlive(monitor.ended);
  connection.close();
  if (failed !== undefined) throw explainFailure(options.program, failed, options.containerId);
  const how = exited === undefined ? 'the monitor was killed' : earlyEnd(exited);
  throw new LibpodError('ERR_MONITOR', `the launch did not finish: ${how}`, {
    containerId: options.containerId,
  });
}
