import { existsSync, readFileSync } from 'node:fs';

import type { LinuxSeccompArg } from '../../../src/oci/runtime-spec.js';

/** The profile of containers-common as the profile under test is compared with it. */
export interface Reference {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly architectures: Readonly<Record<'x64' | 'arm64', readonly string[]>>;
  /** Let pass whatever the capabilities and arguments. */
  readonly allow: readonly string[];
  /** Refused with EPERM. */
  readonly refuse: readonly string[];
  /** Values of personality(2) that pass. */
  readonly personality: readonly number[];
  /** Let pass on one processor. */
  readonly byArchitecture: Readonly<Record<'x64' | 'arm64', readonly string[]>>;
  /** Let pass with a capability, refused with EPERM without. */
  readonly byCapability: Readonly<Record<string, readonly string[]>>;
  readonly socket: readonly SocketRule[];
}

/** A rule for socket(2) that holds with, or without, one capability. */
export interface SocketRule {
  readonly action: string;
  readonly errnoRet?: number | undefined;
  readonly args: readonly LinuxSeccompArg[];
  readonly with: readonly string[];
  readonly without: readonly string[];
}

interface InstalledRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args: readonly LinuxSeccompArg[] | null;
  readonly includes: { readonly arches?: readonly string[]; readonly caps?: readonly string[] };
  readonly excludes: { readonly caps?: readonly string[] };
}

interface InstalledProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly archMap: readonly {
    readonly architecture: string;
    readonly subArchitectures: readonly string[];
  }[];
  readonly syscalls: readonly InstalledRule[];
}

/** The facts that are kept in the repository. */
export function storedReference(): Reference {
  const path = new URL('../../fixtures/seccomp-containers-common.json', import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Reference;
}

/** Where containers-common puts its profile: containers-common(5). */
const INSTALLED = '/usr/share/containers/seccomp.json';

/** The facts of the profile that is installed on this machine, or undefined where none is. */
export function installedReference(): Reference | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  const profile = JSON.parse(readFileSync(INSTALLED, 'utf8')) as InstalledProfile;
  const tables = (name: string) =>
    profile.archMap
      .filter(({ architecture }) => architecture === name)
      .flatMap(({ architecture, subArchitectures }) => [architecture, ...subArchitectures]);
  const allow = 'SCMP_ACT_ALLOW';
  const names = (wanted: (rule: InstalledRule) => boolean) =>
    profile.syscalls
      .filter((rule) => rule.names[0] !== 'socket' && wanted(rule))
      .flatMap((rule) => rule.names);
  const unconditional = (rule: InstalledRule) =>
    !rule.args?.length && !rule.includes.arches && !rule.includes.caps && !rule.excludes.caps;
  const onArchitecture = (name: string) => names((rule) => rule.includes.arches?.includes(name) ?? false);
  const capabilities = new Set(profile.syscalls.flatMap((rule) => rule.includes.caps ?? []));
  capabilities.delete('CAP_AUDIT_WRITE');
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: { x64: tables('SCMP_ARCH_X86_64'), arm64: tables('SCMP_ARCH_AARCH64') },
    allow: names((rule) => rule.action === allow && unconditional(rule)),
    refuse: names((rule) => rule.action !== allow && unconditional(rule)),
    personality: profile.syscalls
      .filter((rule) => rule.names[0] === 'personality')
      .flatMap((rule) => rule.args?.map(({ value }) => value) ?? []),
    byArchitecture: { x64: onArchitecture('amd64'), arm64: onArchitecture('arm64') },
    byCapability: Object.fromEntries(
      [...capabilities].map((name) => [name, names((rule) => rule.includes.caps?.includes(name) ?? false)]),
    ),
    socket: profile.syscalls
      .filter((rule) => rule.names[0] === 'socket')
      .map(({ action, errnoRet, args, includes, excludes }) => ({
        action,
        errnoRet,
        args: args ?? [],
        with: includes.caps ?? [],
        without: excludes.caps ?? [],
      })),
  };
}
