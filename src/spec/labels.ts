import { invalid } from './invalid.js';

/** What a machine with SELinux gives its containers; absent on any other machine. */
export interface SelinuxContexts {
  /** `system_u:system_r:container_t:s0`, of a program. */
  readonly process: string;
  /** `system_u:object_r:container_file_t:s0`, of the files of new mounts. */
  readonly file: string;
  /** What tells this container from others, when no level was asked for: `c12,c345`. */
  readonly categories: string;
}

/** The parts of a label, in their order; the level may have colons itself (selinux(8)). */
const PARTS = ['user', 'role', 'type', 'level'] as const;
type Parts = Record<(typeof PARTS)[number], string>;

function partsOf(label: string): Parts {
  const [user = '', role = '', type = '', ...level] = label.split(':');
  return { user, role, type, level: level.join(':') };
}

const labelOf = (parts: Parts): string => PARTS.map((part) => parts[part]).join(':');

/** What an option changes of the label of the process, and of that of the files. */
const CHANGES: Readonly<Record<string, readonly [process: keyof Parts | undefined, file?: keyof Parts]>> = {
  user: ['user', 'user'],
  role: ['role'],
  type: ['type'],
  level: ['level', 'level'],
  filetype: [undefined, 'type'],
};

function check(option: string): void {
  if (option === 'disable' || option === 'nested') return;
  const [name = '', ...rest] = option.split(':');
  if (Object.hasOwn(CHANGES, name) && rest.join(':') !== '') return;
  invalid(
    `label option ${JSON.stringify(option)} is not known: give disable, nested, or user:, role:, type:, level: or filetype: with a value`,
  );
}

/** Parses /etc/selinux/TYPE/contexts/lxc_contexts, lines `process = "LABEL"`, with `file` beside it. */
export function parseContainerContexts(text: string): Omit<SelinuxContexts, 'categories'> | undefined {
  const find = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*=\\s*"([^"]+)"\\s*$`, 'm').exec(text)?.[1];
  const [process, file] = [find('process'), find('file')];
  return process === undefined || file === undefined ? undefined : { process, file };
}

/** The annotation in which podman records the options, one behind the other. */
export const LABEL_ANNOTATION = 'io.podman.annotations.label';

/** What the options make of the labels, and how they are recorded. */
export interface Labels {
  readonly process?: string;
  readonly mount?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The labels of a container, as podman makes them (opencontainers/selinux, InitLabels). Where there is no SELinux the options
 * are recorded and have no effect.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function resolveLabels(options: readonly string[] = [], selinux?: SelinuxContexts): Labels {
  if (options.length === 0) return { annotations: {} };
  options.forEach(check);
  const annotations = { [LABEL_ANNOTATION]: options.join(',label=') };
  if (selinux === undefined || options.includes('disable')) return { annotations };
  if (options.includes('nested'))
    invalid('label option "nested" is for a machine without SELinux; leave it out, or give disable');
  const process = partsOf(selinux.process);
  const file = partsOf(selinux.file);
  process.level = file.level = `${process.level}:${selinux.categories}`;
  for (const option of options) {
    const [name = '', ...rest] = option.split(':');
    const [ofProcess, ofFile] = CHANGES[name] ?? [];
    if (ofProcess !== undefined) process[ofProcess] = rest.join(':');
    if (ofFile !== undefined) file[ofFile] = rest.join(':');
  }
  return { process: labelOf(process), mount: labelOf(file), annotations };
}
