import { LibpodError } from '../base/errors.js';
import type { MonitorConnection } from '../monitor/connection.js';
import { createContainer, type CreateOptions } from './create.js';
import { deleteContainer } from './delete.js';
import { startContainer } from './start.js';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';
import { serveTerminal } from './terminal.js';

/** How a container is made, run and removed. */
export interface RunOptions extends Omit<CreateOptions, 'kept'> {
  /** Whether to leave it alone as soon as it runs. */
  readonly detach: boolean;
  /** Whether to keep what is left of it when it has ended. */
  readonly keep: boolean;
  /** Called when it runs, unless it is left alone; answers what is called when it has ended. */
  readonly whileRunning: (record: ContainerRecord) => () => void;
  /** Told of what fails when it is removed, and does not matter to its exit status. */
  readonly warn: (error: unknown) => void;
}

/**
 * Makes a container of a bundle and runs its program.
 *
 * @returns its exit status as a shell counts, 128 + signal after a signal; 0 if it was left alone
 */
export async function runContainer(files: ContainerFiles, options: RunOptions): Promise<number> {
  const created = await createContainer(files, { ...options, kept: !options.detach });
  const { record, spec, connection } = created;
  try {
    if (options.detach) {
      await created.leave();
      await startContainer(files);
      return 0;
    }
    const terminal =
      spec.process.terminal === true && options.consoleSocket === undefined
        ? serveTerminal(connection, ({ rows, columns }) => connection.send({ type: 'resize', rows, columns }))
        : undefined;
    const done = options.whileRunning(record);
    let status: number;
    try {
      await startContainer(files);
      status = await exitStatus(files, connection);
      await terminal?.ended;
    } finally {
      terminal?.[Symbol.dispose]();
      done();
    }
    await created.leave();
    if (!options.keep) await deleteContainer(files, false, options.warn);
    return status;
  } catch (error) {
    await created.leave();
    await deleteContainer(files, true, options.warn);
    throw error;
  }
}

async function exitStatus(files: ContainerFiles, connection: MonitorConnection): Promise<number> {
  const exited = await connection.next('exited');
  if (exited !== undefined) return exited.exitCode;
  throw new LibpodError(
    'ERR_MONITOR',
    `the exit of container ${files.id} is not known: its launcher was killed`,
  );
}
