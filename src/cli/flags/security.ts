import type { CreateOptions } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { readNamedFile } from './values.js';

type SecurityOptions = Pick<
  CreateOptions,
  'noNewPrivileges' | 'seccomp' | 'apparmorProfile' | 'labelOptions' | 'mask' | 'unmask' | 'procOptions'
>;

/** Reads a profile: in the form of the runtime specification, or of podman and docker. What it says is for the engine to judge. */
function readProfile(file: string): NonNullable<CreateOptions['seccomp']> {
  const text = readNamedFile('security-opt seccomp', file);
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`seccomp profile ${file} is no JSON: ${(error as Error).message}`);
  }
  if (typeof profile === 'object' && profile !== null && 'defaultAction' in profile) return profile;
  throw new UsageError(`seccomp profile ${file} has no defaultAction`);
}

/** The values of --security-opt, one after another: podman-run(1). */
export function parseSecurityOptions(words: readonly string[]): SecurityOptions {
  const options: {
    noNewPrivileges?: boolean;
    seccomp?: NonNullable<CreateOptions['seccomp']>;
    apparmorProfile?: string;
    labelOptions?: string[];
    mask: string[];
    unmask: string[];
    procOptions: string[];
  } = { mask: [], unmask: [], procOptions: [] };
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
        options.seccomp = value === 'unconfined' ? 'unconfined' : readProfile(value);
        break;
      case 'mask':
        options.mask.push(...(value ?? '').split(':').filter(Boolean));
        break;
      case 'unmask':
        options.unmask.push(...(value ?? '').split(':').filter(Boolean));
        break;
      case 'proc-opts':
        options.procOptions.push(...(value ?? '').split(',').filter(Boolean));
        break;
      case 'apparmor':
        if (!value) throw new UsageError(`--security-opt ${word}: give unconfined or the name of a profile`);
        if (value !== 'unconfined') options.apparmorProfile = value;
        break;
      case 'label':
        if (!value)
          throw new UsageError(`--security-opt ${word}: give disable, or type:, level: and the like`);
        (options.labelOptions ??= []).push(value);
        break;
      default:
        throw new UsageError(
          `invalid --security-opt ${JSON.stringify(word)}: give no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=`,
        );
    }
  }
  return options;
}
