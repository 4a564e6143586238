import { errnoName } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { explainFailure, type LaunchFailure } from '../../launch/explain.js';
import { ProgramBuilder, type LaunchProgram } from '../../launch/program.js';
import { SECTIONS } from '../../launch/instructions.js';
import type { SessionConnection } from '../../monitor/session-connection.js';
import type { ContainerCore } from '../core.js';

/**
 * A session that could not be started, in the user's words.
 *
 * @param program its launch, where this process made it
 */
export function startFailure(
  core: ContainerCore,
  command: readonly string[],
  failure: LaunchFailure,
  program?: LaunchProgram,
): LibpodError {
  return explainFailure(program ?? likeness(command, failure), failure, core.id);
}

/** What is told of a failure in a program that another process made: where it was looked up, or became the command. */
function likeness([name = '', ...rest]: readonly string[], failure: LaunchFailure): LaunchProgram {
  const builder = new ProgramBuilder();
  const section = SECTIONS[failure.section];
  if (section === 'exec')
    builder.add('exec', { op: 'exec', arguments: [name, ...rest], environment: [] }, 'execute the command');
  if (section === 'init' && failure.stage === 'stat')
    for (let index = 0; index <= failure.index; index++)
      builder.add('init', { op: 'find-executable', name, search: [] }, 'find the command');
  return builder.build();
}

/** A word about a session that the monitor did not follow. */
export function refusal(core: ContainerCore, id: string, errno: number): LibpodError {
  const options = { errno, containerId: core.id };
  switch (errnoName(errno)) {
    case 'ENOENT':
      return noSuchSession(core, id);
    case 'EEXIST':
      return new LibpodError(
        'ERR_NAME_IN_USE',
        `container ${core.name} has an exec session ${id} already`,
        options,
      );
    case 'EALREADY':
      return new LibpodError('ERR_INVALID_STATE', `exec session ${id} was started already`, options);
    case 'EAGAIN':
      return new LibpodError(
        'ERR_INVALID_STATE',
        `container ${core.name} has as many exec sessions as it can: 800; remove those that have ended`,
        options,
      );
    case 'ESRCH':
      return new LibpodError('ERR_INVALID_STATE', `container ${core.name} does not run any more`, options);
    default:
      return new LibpodError(
        'ERR_MONITOR',
        `the monitor of container ${core.name} refused exec session ${id}: ${errnoName(errno)}`,
        options,
      );
  }
}

/** No session has this ID. */
export function noSuchSession(core: ContainerCore, id: string): LibpodError {
  return new LibpodError(
    'ERR_NO_SUCH_EXEC_SESSION',
    `container ${core.name} has no exec session ${JSON.stringify(id)}`,
    { containerId: core.id },
  );
}

/** The connection ended without a word of the end: nobody knows it. */
export function monitorGone(core: ContainerCore, connection: SessionConnection): LibpodError {
  return new LibpodError(
    'ERR_MONITOR',
    `the monitor of container ${core.name} went away: how its exec session ends is not known`,
    { containerId: core.id, ...(connection.error && { cause: connection.error }) },
  );
}
