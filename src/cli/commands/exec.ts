import type { PodmanCommand } from '../command.js';
import { ExitError, UsageError } from '../errors.js';
import { parseEnvironment, type EnvironmentFlags } from '../flags/environment.js';
import { addDetachKeysFlag, type DetachKeysFlag } from '../flags/detach-keys.js';
import {
  addPassedDescriptorFlags,
  passedDescriptors,
  type PassedDescriptorFlags,
} from '../flags/passed-descriptors.js';
import { collect } from '../flags/values.js';
import { passThrough } from '../foreground.js';
import { BROKEN_PIPE_STATUS } from '../output/broken-pipe.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';
import { isTerminalGone, warnOfMissingTerminal } from '../terminal.js';

interface ExecFlags extends EnvironmentFlags, PassedDescriptorFlags, DetachKeysFlag {
  readonly detach?: boolean;
  readonly interactive?: boolean;
  readonly latest?: boolean;
  readonly privileged?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
}

/** `exec`: podman-exec(1). As there, the command goes on if this process is killed. */
export function define(command: PodmanCommand): void {
  addPassedDescriptorFlags(command);
  addDetachKeysFlag(command, 'command');
  command
    .usage('[options] CONTAINER [COMMAND [ARG...]]')
    .argument('[words...]')
    .passThroughOptions()
    .option('-d, --detach', 'run the command in the background and print the ID of its session')
    .option('-e, --env <name=value>', 'set an environment variable', collect)
    .option('--env-file <file>', 'read environment variables from a file', collect)
    .option('-i, --interactive', 'keep stdin open')
    .option('-l, --latest', 'in the container that was created last')
    .option('--privileged', 'all capabilities')
    .option('-t, --tty', 'give the command a terminal')
    .option('-u, --user <user>', 'run as this user, and perhaps group: user:group')
    .option('-w, --workdir <directory>', 'the working directory inside the container')
    .action(async (words: string[]) => {
      const flags = command.opts<ExecFlags>();
      const { detach = false, interactive = false, latest = false, tty = false } = flags;
      if (words.length === 0 && !latest)
        throw new UsageError('exec requires the name or ID of a container or the --latest flag');
      const env = parseEnvironment(flags);
      const preserveFds = passedDescriptors(flags);
      warnOfMissingTerminal(flags);
      command.program.exitCode = await withRuntime(command, async (runtime) => {
        const [name = ''] = latest ? await latestOrNames(runtime, [], true) : words;
        const program = latest ? words : words.slice(1);
        const container = runtime.lookupContainer(name);
        if (program.length === 0)
          throw new UsageError('must provide a non-empty command to start an exec session');
        const session = container.exec(program, {
          tty,
          env,
          detach,
          detachKeys: flags.detachKeys,
          user: flags.user,
          cwd: flags.workdir,
          privileged: flags.privileged,
          preserveFds,
          stdin: interactive && !detach,
          buffer: false,
          cleanup: false,
        });
        if (detach) {
          // What does not start has the status that the man page names, as without -d; podman 4.3 answers 125 to all here.
          await session;
          process.stdout.write(`${session.id}\n`);
          return 0;
        }
        // What keeps it from starting is told by the result.
        session.catch(() => undefined);
        const reading = passThrough(session, { interactive, tty });
        const read = await Promise.race([reading, session.then(() => reading)]);
        // Nobody reads what it writes any more; but with our terminal the hangup comes, at which the command goes on.
        if (!read) {
          if (isTerminalGone()) throw new ExitError(BROKEN_PIPE_STATUS);
          session.kill('KILL');
        }
        const { exitCode } = await session;
        if (!read) throw new ExitError(BROKEN_PIPE_STATUS);
        return exitCode;
      });
    });
}
