import type { Runtime, StorageDriver } from '../index.js';
import type { PodmanCommand } from './command.js';

/** Flags before the command's name. */
interface GlobalFlags {
  readonly root?: string;
  readonly runroot?: string;
  readonly cgroupManager?: 'cgroupfs' | 'systemd';
  readonly storageDriver?: string;
  readonly cgroupParent?: string;
  readonly runtime?: string;
  readonly networkConfigDir?: string;
  readonly cniPluginDir?: readonly string[];
}

/**
 * Opens the engine that the global flags name, and closes it after a function. The engine is loaded here and not at the
 * top: help and wrong flags need none of it.
 *
 * @param cgroupParent the flag of `run` and `create`, which comes before the global one
 */
export async function withRuntime<T>(
  command: PodmanCommand,
  run: (runtime: Runtime) => Promise<T>,
  cgroupParent?: string,
): Promise<T> {
  const flags = command.program.opts<GlobalFlags>();
  const { Runtime: Engine } = await import('../index.js');
  const runtime = await Engine.open({
    root: flags.root,
    runRoot: flags.runroot,
    cgroupManager: flags.cgroupManager,
    // podman(1): the variable is for engines that others start.
    storageDriver: (flags.storageDriver ?? (process.env['STORAGE_DRIVER'] || undefined)) as StorageDriver,
    cgroupParent: cgroupParent ?? flags.cgroupParent,
    cni: { configDirectory: flags.networkConfigDir, pluginDirectories: flags.cniPluginDir },
    runtime: flags.runtime,
    // A command starts one container and ends.
    readyMonitors: 0,
  });
  try {
    return await run(runtime);
  } finally {
    await runtime.close();
  }
}
