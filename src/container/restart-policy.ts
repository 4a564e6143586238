import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { LibpodError } from '../base/errors.js';
import { runFileSteps } from '../linux/files/files.js';
import { mayRunAgain } from '../model/healthcheck.js';
import type { RestartPolicy } from '../model/restart-policy.js';
import { restartPolicyOf } from '../model/settings.js';
import type { ContainerCore } from './core.js';

const SIGTERM = 15;
const SIGKILL = 9;

/** The restart policy of a container. */
export function policyOf(core: ContainerCore): RestartPolicy {
  return restartPolicyOf(core.config, core.settings);
}

/**
 * Whether a signal says that the container is to end, and not to be run again. As Docker has it; podman takes any signal
 * for that, also one that only asks a program to read its configuration again.
 */
export function endsPolicy(core: ContainerCore, signal: number): boolean {
  return signal === SIGKILL || signal === SIGTERM || signal === core.config.stopSignal;
}

/** Tells the monitor that no other run is to follow. */
export async function callOffRestarts(core: ContainerCore): Promise<void> {
  const { healthcheck } = core.config;
  if (policyOf(core).name === 'no' && !(healthcheck && mayRunAgain(healthcheck))) return;
  (await core.connect())?.send({ type: 'no-restart' });
}

/**
 * Calls off the next run of a container that waits for it. The caller holds the lock.
 *
 * @returns false if that run has begun already: it must be stopped as any other, and is the last
 */
export async function callOffNextRun(core: ContainerCore): Promise<boolean> {
  const connection = await core.connect();
  connection?.send({ type: 'no-restart' });
  return connection === undefined || (await connection.next('started')) === undefined;
}

/**
 * Remembers across reboots whether it was stopped on purpose, for the policy that asks. A full disk keeps nobody from
 * stopping it.
 */
export async function rememberStopped(core: ContainerCore, stopped: boolean): Promise<void> {
  core.forgetSettings();
  const { settings, config } = core;
  if (!stopped && config.healthcheck?.onFailure === 'stop') rmSync(core.paths.stoppedMark, { force: true });
  if (policyOf(core).name !== 'unless-stopped' || (settings.stoppedByUser ?? false) === stopped) return;
  try {
    await core.services.records.writeSettings(config, { ...settings, stoppedByUser: stopped });
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_NO_SPACE')) throw error;
  }
  core.forgetSettings();
}

/** Puts a launch program beside the monitor's own, which takes it for the next run. */
export async function leaveProgram(core: ContainerCore, bytes: Uint8Array): Promise<void> {
  const { nextProgram } = core.paths;
  const temporary = `${nextProgram}.new`;
  await writeFile(temporary, bytes, { mode: 0o600 });
  await runFileSteps('leave a launch program', [{ op: 'rename', path: temporary, to: nextProgram }]);
}
