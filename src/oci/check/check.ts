import { checkLinux, checkNamespaces } from './linux.js';
import { checkMounts } from './mounts.js';
import { checkProcess } from './process.js';
import type { Refuse } from '../problem.js';
import { memberPath, show } from '../problem.js';
import type { Hooks, RuntimeSpec } from '../runtime-spec.js';

/** The longest name of a host, or of a domain, that the kernel takes: sethostname(2), setdomainname(2). */
export const MAX_HOSTNAME = 64;

/**
 * Checks what a schema cannot say: fields that need or exclude each other, and texts that the kernel would
 * read in another way.
 *
 * It needs no schema library, so that generated specifications, whose shape the compiler vouches for, are
 * checked at little cost.
 *
 * @param refuse is called with the first problem
 */
export function checkRuntimeSpec(spec: RuntimeSpec, refuse: Refuse): void {
  const nul = findNul(spec, '');
  if (nul !== undefined) refuse(nul, 'contains a NUL, at which the kernel would cut it');
  if (!/^1\.\d+\.\d+(-[\dA-Za-z.-]+)?(\+[\dA-Za-z.-]+)?$/.test(spec.ociVersion)) {
    refuse('ociVersion', `is ${show(spec.ociVersion)}, but must be a version 1.x.y of the specification`);
  }
  if (spec.root.path === '') refuse('root.path', 'is "", but must name a directory');
  checkProcess(spec.process, 'process', refuse);
  checkMounts(spec.mounts ?? [], refuse);
  checkHooks(spec.hooks ?? {}, refuse);
  const linux = spec.linux ?? {};
  const namespaces = checkNamespaces(linux.namespaces ?? [], refuse);
  for (const field of ['hostname', 'domainname'] as const) {
    const bytes = Buffer.byteLength(spec[field] ?? '');
    if (bytes > MAX_HOSTNAME)
      refuse(field, `is ${show(spec[field])}, of ${bytes} bytes, but may have ${MAX_HOSTNAME} at most`);
    // A joined namespace will do as well: the containers of a pod share theirs, and each names it again.
    if (spec[field] !== undefined && !namespaces.has('uts')) {
      refuse(
        field,
        `is ${show(spec[field])}, but linux.namespaces has no uts namespace, so it would be the host's`,
      );
    }
  }
  checkLinux(linux, namespaces, refuse);
}

function checkHooks(hooks: Hooks, refuse: Refuse): void {
  for (const [point, list] of Object.entries(hooks) as [string, Hooks['poststop']][]) {
    list?.forEach(({ path }, index) => {
      if (path.startsWith('/')) return;
      refuse(`hooks.${point}[${index}].path`, `is ${show(path)}, but must be an absolute path`);
    });
  }
}

/** The path of the first string, or name of a member, with a NUL in it. */
function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findNul(value[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const at = memberPath(path, key);
    if (key.includes('\0')) return at;
    const found = findNul((value as Record<string, unknown>)[key], at);
    if (found !== undefined) return found;
  }
  return undefined;
}
