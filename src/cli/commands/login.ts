import { text } from 'node:stream/consumers';
import type { LoginOptions, Runtime } from '../../index.js';
import { LibpodError } from '../../base/errors.js';
import { ask } from '../ask.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { withRuntime } from '../runtime.js';

interface LoginFlags {
  readonly authfile?: string;
  readonly certDir?: string;
  readonly getLogin?: boolean;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly tlsVerify?: boolean;
  readonly username?: string;
  readonly verbose?: boolean;
}

/** What the flags say, with what is asked for on a terminal. */
async function credentialsOf(flags: LoginFlags): Promise<{ username: string; password: string }> {
  const { passwordStdin, username: given } = flags;
  if (passwordStdin && flags.password !== undefined)
    throw new UsageError("can't specify both --password-stdin and --password");
  if (passwordStdin && given === undefined)
    throw new UsageError('must provide --username with --password-stdin');
  // The newline is of whoever wrote the password there, and no part of it.
  const password = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : flags.password;
  if ((given === undefined || password === undefined) && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask on: give --username and --password-stdin');
  const username = given ?? (await ask('Username: ')).trim();
  const secret = password ?? (await ask('Password: ', true));
  if (username === '' || secret === '') throw new UsageError('a user and a password are needed');
  return { username, password: secret };
}

async function getLogin({ images }: Runtime, registry: string, options: LoginOptions): Promise<void> {
  const user = await images.loggedInUser(registry, options);
  if (user === undefined) throw new LibpodError('ERR_UNAUTHORIZED', `not logged into ${registry}`);
  process.stdout.write(`${user}\n`);
}

/** `login`: podman-login(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] REGISTRY')
    .argument('<registry>')
    .option('--authfile <file>', 'the file for the credentials')
    .option('--cert-dir <dir>', 'a directory with certificates for the registry')
    .option('--get-login', 'tell the user who is logged in')
    .option('-p, --password <password>', 'the password; others can see it in the list of processes')
    .option('--password-stdin', 'read the password from stdin')
    .option('--tls-verify', 'require TLS with a certificate that is trusted (default true)')
    .option('-u, --username <user>', 'the user')
    .option('-v, --verbose', 'tell where the credentials are kept')
    .action(async (registry: string) => {
      const flags = command.opts<LoginFlags>();
      const { authfile: authFile, certDir, tlsVerify } = flags;
      const options: LoginOptions = { authFile, certDir, tlsVerify };
      await withRuntime(command, async (runtime) => {
        if (flags.getLogin) return getLogin(runtime, registry, options);
        const file = await runtime.images.login(registry, await credentialsOf(flags), options);
        if (flags.verbose) process.stdout.write(`Used: ${file}\n`);
        process.stdout.write('Login Succeeded!\n');
      });
    });
}
