import type { PullOptions } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';

/** Flags of commands that speak to registries. */
export interface RegistryFlags {
  readonly authfile?: string;
  readonly certDir?: string;
  readonly creds?: string;
  readonly tlsVerify?: boolean;
  readonly platform?: string;
  readonly arch?: string;
  readonly os?: string;
  readonly variant?: string;
}

/** Gives a command the flags that tell how a registry is spoken to: podman-pull(1). */
export function addRegistryFlags(command: PodmanCommand): void {
  command
    .option('--authfile <file>', 'the file with the credentials')
    .option('--cert-dir <dir>', 'a directory with certificates for the registry')
    .option('--creds <user:password>', 'credentials for the registry')
    .option('--tls-verify', 'require TLS with a certificate that is trusted (default true)');
}

/** Gives a command the flags that choose among the images of an index: podman-pull(1). */
export function addPlatformFlags(command: PodmanCommand): void {
  command
    .option('--platform <os/arch/variant>', 'the platform of the image')
    .option('--arch <architecture>', "the image's architecture in place of this machine's")
    .option('--os <system>', "the image's operating system")
    .option('--variant <variant>', "the architecture's variant");
}

/** What these flags mean to the engine. */
export function parseRegistryFlags(flags: RegistryFlags): PullOptions {
  const { authfile, certDir, creds, platform, arch, os, variant } = flags;
  const [username, password] = creds === undefined ? [] : splitOnce(creds, ':');
  if (creds !== undefined && (!username || password === undefined))
    throw new UsageError('--creds needs a user and a password: USER:PASSWORD');
  if (platform !== undefined && (arch ?? os ?? variant) !== undefined)
    throw new UsageError('--platform option can not be specified with --arch or --os');
  const parts =
    (arch ?? os ?? variant) === undefined
      ? platform
      : [os ?? 'linux', arch ?? (process.arch === 'x64' ? 'amd64' : process.arch), variant]
          .filter(Boolean)
          .join('/');
  return {
    authFile: authfile,
    certDir,
    ...(username !== undefined && password !== undefined && { credentials: { username, password } }),
    tlsVerify: flags.tlsVerify,
    platform: parts,
  };
}
