import { PodmanCommand } from './command.js';
import { packageVersion } from '../base/package-version.js';
import { collect } from './flags/values.js';

/** What a command's file offers: it gives the command its flags and its action. */
interface CommandModule {
  define(command: PodmanCommand): void;
}

/** A command that is known by name; its file is loaded when it is used. */
interface LazyCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly about: string;
  readonly load: () => Promise<CommandModule>;
}

const CONTAINER_COMMANDS: readonly LazyCommand[] = [
  { name: 'attach', about: 'Attach to a running container', load: () => import('./commands/attach.js') },
  {
    name: 'commit',
    about: 'Create new image based on the changed container',
    load: () => import('./commands/commit.js'),
  },
  {
    name: 'cp',
    about: 'Copy files/folders between a container and the local filesystem',
    load: () => import('./commands/cp.js'),
  },
  {
    name: 'create',
    about: 'Create but do not start a container',
    load: () => import('./commands/create.js'),
  },
  {
    name: 'diff',
    about: "Inspect changes to the container's file systems",
    load: () => import('./commands/diff.js'),
  },
  {
    name: 'exec',
    about: 'Run a process in a running container',
    load: () => import('./commands/exec.js'),
  },
  {
    name: 'export',
    about: "Export container's filesystem contents as a tar archive",
    load: () => import('./commands/export.js'),
  },
  { name: 'init', about: 'Initialize one or more containers', load: () => import('./commands/init.js') },
  {
    name: 'inspect',
    about: 'Display the configuration of a container, image, volume, network or pod',
    load: () => import('./commands/inspect.js'),
  },
  {
    name: 'kill',
    about: 'Kill one or more running containers with a specific signal',
    load: () => import('./commands/kill.js'),
  },
  {
    name: 'logs',
    about: 'Fetch the logs of one or more containers',
    load: () => import('./commands/logs.js'),
  },
  {
    name: 'mount',
    about: "Mount a working container's root filesystem",
    load: () => import('./commands/mount.js'),
  },
  {
    name: 'pause',
    about: 'Pause all the processes in one or more containers',
    load: () => import('./commands/pause.js'),
  },
  {
    name: 'port',
    about: 'List port mappings or a specific mapping for the container',
    load: () => import('./commands/port.js'),
  },
  { name: 'ps', aliases: ['ls', 'list'], about: 'List containers', load: () => import('./commands/ps.js') },
  {
    name: 'rename',
    about: 'Rename an existing container',
    load: () => import('./commands/rename.js'),
  },
  {
    name: 'restart',
    about: 'Restart one or more containers',
    load: () => import('./commands/restart.js'),
  },
  { name: 'rm', about: 'Remove one or more containers', load: () => import('./commands/rm.js') },
  { name: 'run', about: 'Run a command in a new container', load: () => import('./commands/run.js') },
  { name: 'start', about: 'Start one or more containers', load: () => import('./commands/start.js') },
  {
    name: 'stats',
    about: 'Display a live stream of container resource usage statistics',
    load: () => import('./commands/stats.js'),
  },
  { name: 'stop', about: 'Stop one or more containers', load: () => import('./commands/stop.js') },
  {
    name: 'top',
    about: 'Display the running processes of a container',
    load: () => import('./commands/top.js'),
  },
  {
    name: 'unmount',
    aliases: ['umount'],
    about: "Unmount a working container's root filesystem",
    load: () => import('./commands/unmount.js'),
  },
  {
    name: 'unpause',
    about: 'Unpause the processes in one or more containers',
    load: () => import('./commands/unpause.js'),
  },
  {
    name: 'update',
    about: 'Update an existing container',
    load: () => import('./commands/update.js'),
  },
  { name: 'wait', about: 'Block on one or more containers', load: () => import('./commands/wait.js') },
];

/** Commands that are only found beneath `container`. */
const GROUPED_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'cleanup',
    about: 'Clean up what one or more containers left',
    load: () => import('./commands/cleanup.js'),
  },
  { name: 'clone', about: 'Clone an existing container', load: () => import('./commands/clone.js') },
  {
    name: 'exists',
    about: 'Check if a container exists in local storage',
    load: () => import('./commands/exists.js'),
  },
  {
    name: 'prune',
    about: 'Remove all non running containers',
    load: () => import('./commands/prune.js'),
  },
  {
    name: 'plan',
    about: 'Print what the next start of a container does to the kernel',
    load: () => import('./commands/plan.js'),
  },
];

/** What podman does by programs that are no part of this one: refused in a sentence of its own. */
const CHECKPOINT_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'checkpoint',
    about: 'Not supported: the state of processes is not saved',
    load: () => import('./commands/checkpoint.js'),
  },
  {
    name: 'restore',
    about: 'Not supported: the state of processes is not saved',
    load: () => import('./commands/checkpoint.js'),
  },
];

const HEALTHCHECK_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'run',
    about: 'Run the health check of a container',
    load: () => import('./commands/healthcheck-run.js'),
  },
];

const NETWORK_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'connect',
    about: 'Add container to a network',
    load: () => import('./commands/network/connect.js'),
  },
  {
    name: 'create',
    about: 'Create networks for containers',
    load: () => import('./commands/network/create.js'),
  },
  {
    name: 'disconnect',
    about: 'Remove container from a network',
    load: () => import('./commands/network/disconnect.js'),
  },
  { name: 'exists', about: 'Check if network exists', load: () => import('./commands/network/exists.js') },
  { name: 'inspect', about: 'Inspect network', load: () => import('./commands/network/inspect.js') },
  { name: 'ls', aliases: ['list'], about: 'List networks', load: () => import('./commands/network/ls.js') },
  { name: 'prune', about: 'Prune unused networks', load: () => import('./commands/network/prune.js') },
  {
    name: 'reload',
    about: 'Reload firewall rules for one or more containers',
    load: () => import('./commands/network/reload.js'),
  },
  {
    name: 'rm',
    aliases: ['remove'],
    about: 'Remove networks',
    load: () => import('./commands/network/rm.js'),
  },
  {
    name: 'update',
    about: 'Change the name servers of a network',
    load: () => import('./commands/network/update.js'),
  },
];

const VOLUME_COMMANDS: readonly LazyCommand[] = [
  { name: 'create', about: 'Create a new volume', load: () => import('./commands/volume/create.js') },
  { name: 'exists', about: 'Check if volume exists', load: () => import('./commands/volume/exists.js') },
  { name: 'export', about: 'Export volumes', load: () => import('./commands/volume/export.js') },
  {
    name: 'import',
    about: 'Import a tarball contents into a volume',
    load: () => import('./commands/volume/import.js'),
  },
  {
    name: 'inspect',
    about: 'Display detailed information on one or more volumes',
    load: () => import('./commands/volume/inspect.js'),
  },
  { name: 'ls', aliases: ['list'], about: 'List volumes', load: () => import('./commands/volume/ls.js') },
  { name: 'mount', about: 'Mount volume', load: () => import('./commands/volume/mount.js') },
  { name: 'prune', about: 'Remove all unused volumes', load: () => import('./commands/volume/prune.js') },
  {
    name: 'reload',
    about: 'Reload all volumes from volume plugins',
    load: () => import('./commands/volume/reload.js'),
  },
  {
    name: 'rm',
    aliases: ['remove'],
    about: 'Remove one or more volumes',
    load: () => import('./commands/volume/rm.js'),
  },
  { name: 'unmount', about: 'Unmount volume', load: () => import('./commands/volume/unmount.js') },
];

const SYSTEM_COMMANDS: readonly LazyCommand[] = [
  { name: 'check', about: 'Check storage consistency', load: () => import('./commands/system/check.js') },
  { name: 'df', about: 'Show libpod disk usage', load: () => import('./commands/system/df.js') },
  { name: 'prune', about: 'Remove unused data', load: () => import('./commands/system/prune.js') },
];

/** Commands that are also found beneath `image`. */
const IMAGE_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'history',
    about: 'Show history of a specified image',
    load: () => import('./commands/history.js'),
  },
  { name: 'pull', about: 'Pull an image from a registry', load: () => import('./commands/pull.js') },
  {
    name: 'import',
    about: 'Import a tarball to create a filesystem image',
    load: () => import('./commands/import.js'),
  },
  { name: 'load', about: 'Load image(s) from a tar archive', load: () => import('./commands/load.js') },
  {
    name: 'save',
    about: 'Save image(s) to an archive',
    load: () => import('./commands/save.js'),
  },
  {
    name: 'push',
    about: 'Push an image to a specified destination',
    load: () => import('./commands/push.js'),
  },
  { name: 'search', about: 'Search registry for image', load: () => import('./commands/search.js') },
  { name: 'tag', about: 'Add an additional name to a local image', load: () => import('./commands/tag.js') },
  { name: 'untag', about: 'Remove a name from a local image', load: () => import('./commands/untag.js') },
];

/** Commands that have other names beneath `image`, or none elsewhere. */
const GROUPED_IMAGE_COMMANDS: readonly LazyCommand[] = [
  {
    name: 'diff',
    about: "Inspect changes to the image's file systems",
    load: () => import('./commands/image-diff.js'),
  },
  {
    name: 'exists',
    about: 'Check if an image exists in local storage',
    load: () => import('./commands/image-exists.js'),
  },
  {
    name: 'inspect',
    about: 'Display the configuration of an image',
    load: () => import('./commands/inspect.js'),
  },
  {
    name: 'list',
    aliases: ['ls'],
    about: 'List images in local storage',
    load: () => import('./commands/images.js'),
  },
  {
    name: 'mount',
    about: "Mount an image's root filesystem",
    load: () => import('./commands/image-mount.js'),
  },
  { name: 'prune', about: 'Remove unused images', load: () => import('./commands/image-prune.js') },
  { name: 'rm', about: 'Remove one or more images', load: () => import('./commands/rmi.js') },
  {
    name: 'tree',
    about: 'Prints layer hierarchy of an image in a tree format',
    load: () => import('./commands/image-tree.js'),
  },
  {
    name: 'unmount',
    aliases: ['umount'],
    about: "Unmount an image's root filesystem",
    load: () => import('./commands/image-unmount.js'),
  },
];

const PROGRAM_COMMANDS: readonly LazyCommand[] = [
  { name: 'images', about: 'List images in local storage', load: () => import('./commands/images.js') },
  { name: 'login', about: 'Login to a container registry', load: () => import('./commands/login.js') },
  { name: 'logout', about: 'Logout of a container registry', load: () => import('./commands/logout.js') },
  { name: 'rmi', about: 'Remove one or more images', load: () => import('./commands/rmi.js') },
  { name: 'events', about: 'Show libpod events', load: () => import('./commands/events.js') },
  { name: 'info', about: 'Display libpod system information', load: () => import('./commands/info.js') },
  {
    name: 'version',
    about: 'Display the libpod version information',
    load: () => import('./commands/version.js'),
  },
];

const POD_COMMANDS: readonly LazyCommand[] = [
  { name: 'clone', about: 'Clone an existing pod', load: () => import('./commands/pod/clone.js') },
  { name: 'create', about: 'Create a new empty pod', load: () => import('./commands/pod/create.js') },
  {
    name: 'exists',
    about: 'Check if a pod exists in local storage',
    load: () => import('./commands/pod/exists.js'),
  },
  {
    name: 'inspect',
    about: 'Display a pod configuration',
    load: () => import('./commands/pod/inspect.js'),
  },
  {
    name: 'kill',
    about: 'Send a signal or SIGKILL to the containers of pods',
    load: () => import('./commands/pod/kill.js'),
  },
  {
    name: 'logs',
    about: 'Fetch the logs of the containers of a pod',
    load: () => import('./commands/pod/logs.js'),
  },
  { name: 'pause', about: 'Pause one or more pods', load: () => import('./commands/pod/pause.js') },
  {
    name: 'prune',
    about: 'Remove all stopped pods and their containers',
    load: () => import('./commands/pod/prune.js'),
  },
  { name: 'ps', aliases: ['ls', 'list'], about: 'List pods', load: () => import('./commands/pod/ps.js') },
  { name: 'restart', about: 'Restart one or more pods', load: () => import('./commands/pod/restart.js') },
  { name: 'rm', about: 'Remove one or more pods', load: () => import('./commands/pod/rm.js') },
  { name: 'start', about: 'Start one or more pods', load: () => import('./commands/pod/start.js') },
  {
    name: 'stats',
    about: 'Display what the containers of pods use',
    load: () => import('./commands/pod/stats.js'),
  },
  { name: 'stop', about: 'Stop one or more pods', load: () => import('./commands/pod/stop.js') },
  {
    name: 'top',
    about: 'Display the running processes of the containers of a pod',
    load: () => import('./commands/pod/top.js'),
  },
  { name: 'unpause', about: 'Unpause one or more pods', load: () => import('./commands/pod/unpause.js') },
];

function addLazily(parent: PodmanCommand, commands: readonly LazyCommand[]): void {
  const loaders = new Map(commands.map(({ name, load }) => [name, load]));
  for (const { name, aliases = [], about } of commands)
    parent.command(name).aliases(aliases).description(about);
  // The loading is part of parsing, so that `--help` of one command knows its flags, and that of all loads none.
  parent.hook('preSubcommand', async (_parent, command) => {
    const module = await loaders.get(command.name())?.();
    module?.define(command as PodmanCommand);
  });
}

/** The whole command line. Nothing of the engine is loaded before a command needs it. */
export function makeProgram(): PodmanCommand {
  const program = new PodmanCommand('libpod')
    .description('Manage containers: a daemonless container engine for Node.js')
    .usage('[options] [command]')
    .option('--root <path>', 'where containers are kept (default "/var/lib/libpod-node")')
    .option('--runroot <path>', 'where this boot\'s state is kept (default "/run/libpod-node")')
    .option('--cgroup-manager <name>', 'who makes cgroups: cgroupfs or systemd (default "cgroupfs")')
    .option(
      '--storage-driver <driver>',
      'how roots are kept: overlay, or vfs, as plain copies (default: what the store has; of a new one overlay where that can be)',
    )
    .option(
      '--cgroup-parent <path>',
      'the cgroup that holds the containers of this store (default "/libpod_parent"; of systemd a slice, default "machine.slice")',
    )
    .option('--network-config-dir <path>', 'where networks of CNI are configured (default "/etc/cni/net.d")')
    .option('--cni-plugin-dir <path>', 'where CNI plugins are; may be given again', collect)
    .option(
      '--runtime <name or path>',
      'the OCI runtime of new containers: crun, runc, a path; libpod, the built-in one, unless given',
    )
    .version(`libpod version ${packageVersion()}`, '-v, --version', 'version for libpod');
  program.configureHelp({ showGlobalOptions: false });
  addLazily(program, [...CONTAINER_COMMANDS, ...IMAGE_COMMANDS, ...PROGRAM_COMMANDS]);
  const group = program.command('container').description('Manage containers');
  addLazily(group, [...CONTAINER_COMMANDS, ...GROUPED_COMMANDS, ...CHECKPOINT_COMMANDS]);
  addLazily(program.command('pod').description('Manage pods'), POD_COMMANDS);
  addLazily(program.command('network').description('Manage networks'), NETWORK_COMMANDS);
  addLazily(program.command('volume').description('Manage volumes'), VOLUME_COMMANDS);
  addLazily(
    program.command('healthcheck').description('Manage health checks on containers'),
    HEALTHCHECK_COMMANDS,
  );
  addLazily(program.command('system').description('Manage libpod'), SYSTEM_COMMANDS);
  const images = program.command('image').description('Manage images');
  addLazily(images, [...IMAGE_COMMANDS, ...GROUPED_IMAGE_COMMANDS]);
  return program;
}
