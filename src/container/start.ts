import { existsSync, rmSync } from 'node:fs';
import { explainFailure } from '../launch/explain.js';
import type { LaunchProgram } from '../launch/program.js';
import { isActive, requireState } from '../model/status.js';
import type { ContainerState } from '../model/state.js';
import { LibpodError } from '../base/errors.js';
import { movedDevices, movesDevices } from '../runtimes/net-devices.js';
import type { PreparedLaunch } from '../runtimes/runtime.js';
import type { Launched } from '../monitor/start.js';
import type { MonitorConnection } from '../monitor/connection.js';
import type { NetworkPlan } from '../network/attachment.js';
import { lockedAccess, type Access } from './locking/access.js';
import { joinCompanyLocked, leaveCompanyIfEnded } from './company.js';
import type { ContainerCore } from './core.js';
import { healthRequest } from './health.js';
import { joinNetworks, leaveNetworks, namePublisher } from './networks/networks.js';
import { launchRequest } from './launch-request.js';
import { requireDependencies } from './joined.js';
import { PRESERVE_MEMBERS, preservedDescriptors, type PreserveOptions } from './preserve.js';
import { object } from '../spec/shape.js';
import { leaveProgram, policyOf, rememberStopped } from './restart-policy.js';
import { ensureCopy } from '../storage/copied-root.js';
import { observe, refuseLeaving, sync, writeState } from './state/state.js';
import { giveBinds } from './files/given-binds.js';
import { prepareVolumes } from './files/volumes.js';
import { isoOfNanoseconds, liveChange } from './state/truth.js';

/**
 * Works the next launch out. Done when the container is created, so that what cannot be launched is refused there; the
 * start then finds it ready, unless a file that it writes would read otherwise by now (resolv.conf), the settings have changed,
 * the root was mounted or unmounted on the host, or
 * a container whose namespace it joins was started anew.
 */
export async function prepare(core: ContainerCore, network?: NetworkPlan): Promise<PreparedLaunch> {
  const request = launchRequest(core, network);
  const joined = request.joined.map(({ path, startTicks }) => `${path}@${startTicks}`);
  const root = request.root.kind === 'directory' ? request.root.directory : '';
  const places = network?.outside.map(({ messages }) => Buffer.from(messages).toString('base64')) ?? [];
  const plugins = network?.plugins?.calls.map(({ input }) => input) ?? [];
  const key = [
    JSON.stringify(core.settings),
    root,
    ...request.files.map(({ data }) => data),
    ...joined,
    ...places,
    ...plugins,
  ].join('\0');
  if (core.prepared?.key !== key) {
    // What it checks follows from the configuration, which stays as it is.
    const health = await healthRequest(core);
    core.prepared = { key, launch: await core.runtime.prepare({ ...request, health }, core.runtimePlace) };
  }
  return core.prepared.launch;
}

/** What a launch would do to the kernel, without doing it. */
export async function plan(core: ContainerCore): Promise<LaunchProgram> {
  return (await prepare(core)).program;
}

/**
 * Leaves the launch as it is worked out now for the next run by the restart policy; the monitor would else run the one of
 * the last start. Where a container that it joins does not run, that must do.
 */
export async function leaveNextProgram(core: ContainerCore): Promise<void> {
  if (core.config.autoRemove || !observe(core).trace.alive) return;
  try {
    await leaveProgram(core, (await prepare(core, await joinNetworks(core, true))).bytes);
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_INVALID_STATE')) throw error;
  }
}

/** What the program of a container is given by whoever starts it: for this run, and not for later ones. */
export type StartOptions = PreserveOptions;

export const START_OPTIONS = object<StartOptions>(PRESERVE_MEMBERS);

/** How a container is launched, or let run. */
interface Launching extends StartOptions {
  /** Runs when somebody may speak to its monitor, and its program does not run yet. */
  readonly beforeStart?: ((connection: MonitorConnection) => void) | undefined;
}

/**
 * A launch with descriptors of this process: of this one alone, so not one to keep.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for one that is not open, and for a container whose later runs begin without us
 */
async function prepareWith(
  core: ContainerCore,
  { preserveFds }: Launching,
  network: NetworkPlan | undefined,
): Promise<PreparedLaunch> {
  const preserve = preservedDescriptors('start', preserveFds);
  if (preserve === undefined) return prepare(core, network);
  const { name: policy } = policyOf(core);
  if (policy !== 'no')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `container ${core.name} can be given no descriptors: its restart policy is ${policy}, and its later runs would be without them`,
      { containerId: core.id },
    );
  const health = await healthRequest(core);
  const request = { ...launchRequest(core, network), health, preserve };
  return core.runtime.prepare(request, core.runtimePlace);
}

async function launchInto(
  core: ContainerCore,
  before: ContainerState,
  start: boolean,
  how: Launching,
): Promise<void> {
  refuseLeaving(core);
  joinCompanyLocked(core);
  try {
    await launchAmong(core, before, start, how);
  } catch (error) {
    leaveCompanyIfEnded(core);
    throw error;
  }
}

async function launchAmong(
  core: ContainerCore,
  before: ContainerState,
  start: boolean,
  how: Launching,
): Promise<void> {
  requireDependencies(core);
  await ensureCopy(core.config.root, core.paths.copy);
  await prepareVolumes(core);
  giveBinds(core);
  // The end of an earlier run: the next monitor begins its journal anew.
  if (before.state === 'exited') await writeState(core, before, {});
  await rememberStopped(core, false);
  if (existsSync(core.paths.nextProgram)) rmSync(core.paths.nextProgram);
  const network = await withDevices(core, await joinNetworks(core));
  const launched = await launchIn(core, network, start, how);
  core.adoptBorn(launched.connection);
  core.monitorEnded = launched.ended;
  const started = launched.connection.seen('started');
  // Nothing to record: the monitor has done so before it told us.
  const change = liveChange({
    state: start ? 'running' : 'created',
    pid: launched.pid,
    startTicks: String(launched.startTicks),
    startedNs: started?.startedNs ?? 0n,
  });
  core.lastState = { ...before, ...change };
}

/** The devices of the network that its specification moves to it, beside its networks. */
async function withDevices(
  { config: { spec } }: ContainerCore,
  network: NetworkPlan | undefined,
): Promise<NetworkPlan | undefined> {
  if (!movesDevices(spec)) return network;
  const { outside, inside } = await movedDevices(spec);
  const plan = network ?? { attachments: [], leases: [], outside: [], inside: [], down: [] };
  return { ...plan, outside: [...plan.outside, ...outside], inside: [...plan.inside, ...inside] };
}

/** Launches; what a launch that failed had been given in its networks goes back. */
async function launchIn(
  core: ContainerCore,
  network: NetworkPlan | undefined,
  start: boolean,
  how: Launching,
): Promise<Launched> {
  try {
    return await core.runtime.launch(await prepareWith(core, how, network), {
      containerId: core.id,
      start,
      beforeStart: how.beforeStart,
    });
  } catch (error) {
    if (network !== undefined) await leaveNetworks(core, network.leases);
    throw await namePublisher(core, error);
  }
}

/**
 * Opens the gate of a created container; one that waits for its next run begins it at once. A launch whose engine has just
 * died may be undone by its monitor at this very moment: then it is launched anew.
 */
async function openGate(core: ContainerCore, before: ContainerState, how: Launching): Promise<void> {
  if ((how.preserveFds ?? []).length > 0)
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `container ${core.name} has been created already: it has the descriptors that its init was given`,
      { containerId: core.id },
    );
  const connection = await core.connect();
  if (connection !== undefined) {
    how.beforeStart?.(connection);
    connection.send({ type: 'start' });
    const started = await connection.next('started');
    if (started !== undefined) {
      core.lastState = { ...before, state: 'running', startedTime: isoOfNanoseconds(started.startedNs) };
      return;
    }
  }
  const failed = connection?.seen('failed');
  const after = await sync(core);
  if (failed !== undefined) throw explainFailure(await plan(core), failed, core.id);
  if (after.state === 'configured') return launchInto(core, after, true, how);
  throw new LibpodError('ERR_MONITOR', `container ${core.name} ended before its program ran`, {
    containerId: core.id,
  });
}

/**
 * Creates the container's processes and namespaces; its program waits for start (libpod's Init).
 *
 * @throws LibpodError ERR_INVALID_STATE unless it is configured or exited
 */
export function init(core: ContainerCore, access: Access, options: StartOptions): Promise<void> {
  return access(async (state) => {
    requireState('init', state.state, core.name, core.id);
    await launchInto(core, state, false, options);
  });
}

function run(core: ContainerCore, state: ContainerState, how: Launching = {}): Promise<void> {
  requireState('start', state.state, core.name, core.id);
  return state.state === 'created' || state.state === 'restarting'
    ? openGate(core, state, how)
    : launchInto(core, state, true, how);
}

/** Runs the container's program, creating what is not there yet. What it depends on must run. */
export function start(core: ContainerCore, access: Access, how?: Launching): Promise<void> {
  return access((state) => run(core, state, how));
}

/**
 * The same for one that may run already, which is fine: whoever else starts it meanwhile does what is wanted.
 *
 * @returns whether it was started
 */
export function startIfIdle(core: ContainerCore): Promise<boolean> {
  return lockedAccess(core)(async (state) => {
    if (isActive(state.state) && state.state !== 'created') return false;
    await run(core, state);
    return true;
  });
}
