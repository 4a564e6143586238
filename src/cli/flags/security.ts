import type { CreateOptions, LinuxSeccomp } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { readNamedFile } from './values.js';

type SecurityOptions = Pick<CreateOptions, 'noNewPrivileges' | 'seccomp' | 'mask' | 'unmask'>;

/**
 * Reads a filter in the form of the runtime specification (config-linux.md, "Seccomp"). Profiles of podman and docker
 * have rules that depend on the container (`includes`, `excludes`): these are refused, for a filter that is read wrongly
 * may allow too much.
 */
function readFilter(file: string): LinuxSeccomp {
  const text = readNamedFile('security-opt seccomp', file);
  let filter: LinuxSeccomp & { archMap?: unknown };
  try {
    filter = JSON.parse(text) as LinuxSeccomp;
  } catch (error) {
    throw new UsageError(`seccomp profile ${file} is no JSON: ${(error as Error).message}`);
  }
  if (typeof filter !== 'object' || filter === null || typeof filter.defaultAction !== 'string') {
    throw new UsageError(`seccomp profile ${file} has no defaultAction`);
  }
  const conditional = filter.syscalls?.some((rule) =>
    ['includes', 'excludes'].some(
      (key) => Object.keys((rule as unknown as Record<string, object>)[key] ?? {}).length > 0,
    ),
  );
  if (conditional === true || filter.archMap !== undefined) {
    throw new UsageError(
      `seccomp profile ${file} has conditions (includes, excludes or archMap): write it in the form of the OCI runtime specification`,
    );
  }
  return filter;
}

/** The values of --security-opt, one after another: podman-run(1). */
export function parseSecurityOptions(words: readonly string[]): SecurityOptions {
  const options: {
    noNewPrivileges?: boolean;
    seccomp?: 'unconfined' | LinuxSeccomp;
    mask: string[];
    unmask: string[];
  } = { mask: [], unmask: [] };
  for (const word of words) {
    const at = word.search(/[=:]/);
    const [name, value] = at < 0 ? [word, undefined] : splitOnce(word, word[at] as string);
    switch (name) {
      case 'no-new-privileges':
        if (value !== undefined && value !== 'true' && value !== 'false')
          throw new UsageError(`--security-opt ${word}: give true or false`);
        options.noNewPrivileges = value !== 'false';
        break;
      case 'seccomp':
        if (!value) throw new UsageError(`--security-opt ${word}: give unconfined or a file`);
        options.seccomp = value === 'unconfined' ? 'unconfined' : readFilter(value);
        break;
      case 'mask':
        options.mask.push(...(value ?? '').split(':').filter(Boolean));
        break;
      case 'unmask':
        options.unmask.push(...(value ?? '').split(':').filter(Boolean));
        break;
      default:
        // Nothing is labelled and no profile is loaded here, so that what turns it off is done already.
        if (word === 'label=disable' || word === 'apparmor=unconfined') break;
        throw new UsageError(
          `invalid --security-opt ${JSON.stringify(word)}: give no-new-privileges, seccomp=, mask= or unmask=`,
        );
    }
  }
  return options;
}
