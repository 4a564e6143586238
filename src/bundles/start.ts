import { LibpodError } from '../base/errors.js';
import { addHooks } from '../launch/hooks.js';
import { explainFailure } from '../launch/explain.js';
import { ProgramBuilder, type LaunchProgram } from '../launch/program.js';
import { SECTIONS } from '../launch/instructions.js';
import type { LaunchFailure } from '../launch/explain.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import type { ContainerFiles } from './state-directory.js';
import { runLateHooks } from './hooks.js';
import { signalContainer } from './signal.js';
import { openGate, statusOf } from './status.js';

const SIGKILL = 9;

/**
 * Runs the program of a container that was created.
 *
 * @throws LibpodError ERR_INVALID_STATE unless it is created; what failed if its program cannot be run
 */
export async function startContainer(files: ContainerFiles): Promise<void> {
  using _held = await files.hold();
  const record = files.requireRecord();
  const status = await statusOf(files, record);
  const gate = status === 'created' ? await openGate(files) : undefined;
  if (gate === undefined)
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot start container ${files.id}: it is ${status === 'created' ? 'stopped' : status}, and only one that is created can be started`,
    );
  gate.send({ type: 'start' });
  // The connection ends when the program runs.
  const failed = await gate.next('failed');
  const spec = files.readSpec();
  if (failed !== undefined) throw explainFailure(likeness(spec, failed), failed, files.id);
  try {
    await runLateHooks('poststart', spec, record, (error) => {
      throw error;
    });
  } catch (error) {
    // config.md, "POSIX-platform Hooks": a start that fails leaves no program that runs.
    await signalContainer(files, SIGKILL, false).catch(() => undefined);
    throw error;
  }
}

/** What is told of a failure in a program that another process made: a hook at the start, or the last step of all. */
function likeness(spec: RuntimeSpec, failure: LaunchFailure): LaunchProgram {
  const builder = new ProgramBuilder();
  const { args, env = [] } = spec.process;
  if (SECTIONS[failure.section] === 'gate') {
    // `await-start` is the first.
    builder.add('gate', { op: 'await-start' });
    addHooks(builder, { spec }, 'startContainer');
    return builder.build();
  }
  for (let index = 0; index <= failure.index; index++)
    builder.add('exec', { op: 'exec', arguments: args, environment: env }, 'execute the program');
  return builder.build();
}
