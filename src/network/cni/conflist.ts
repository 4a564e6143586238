import { LibpodError } from '../../base/errors.js';

/** The versions of the specification whose lists are read here; CHECK is from 0.4.0 on. */
const VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0'];
const WITHOUT_CHECK = ['0.3.0', '0.3.1'];

/** One plugin of a list: CNI specification, "Plugin configuration objects". */
export interface CniPlugin {
  /** The program's name. */
  readonly type: string;
  /** What of `runtimeConfig` it wants. */
  readonly capabilities?: Readonly<Record<string, boolean>> | undefined;
  readonly [key: string]: unknown;
}

/** A network as administrators configure it: CNI specification, "Configuration format". */
export interface CniList {
  readonly name: string;
  readonly cniVersion: string;
  readonly disableCheck?: boolean | undefined;
  readonly plugins: readonly CniPlugin[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a list of plugins. A type is the name of a program in the plugins' directories: one with a path or `..` would be a
 * program anywhere (CVE-2021-20206).
 *
 * @param file its path, for messages
 * @throws LibpodError ERR_CNI
 */
export function parseConflist(text: string, file: string): CniList {
  const refuse = (why: string): never => {
    throw new LibpodError('ERR_CNI', `the CNI configuration ${file} ${why}`);
  };
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  if (!isObject(list)) return refuse('is no object');
  const { name, cniVersion, plugins, disableCheck } = list;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name))
    return refuse(`has the name ${JSON.stringify(name)}: give letters, digits, "_", "." and "-"`);
  if (typeof cniVersion !== 'string' || !VERSIONS.includes(cniVersion))
    return refuse(`has the cniVersion ${JSON.stringify(cniVersion)}: give one of ${VERSIONS.join(', ')}`);
  if (disableCheck !== undefined && typeof disableCheck !== 'boolean')
    return refuse('has a disableCheck that is neither true nor false');
  if (!Array.isArray(plugins) || plugins.length === 0) return refuse('has no list of plugins');
  for (const plugin of plugins as unknown[]) {
    if (!isObject(plugin)) return refuse('has a plugin that is no object');
    const { type, capabilities = {} } = plugin;
    if (typeof type !== 'string' || !/^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/.test(type) || type.includes('..'))
      return refuse(
        `has a plugin of type ${JSON.stringify(type)}: it must be the name of a program, without a path`,
      );
    if (!isObject(capabilities)) return refuse(`has a plugin ${type} whose capabilities are no object`);
  }
  return list as unknown as CniList;
}

/** Whether CHECK may be asked of its plugins. */
export function canCheck({ cniVersion, disableCheck }: CniList): boolean {
  return disableCheck !== true && !WITHOUT_CHECK.includes(cniVersion);
}

/** Whether one of its plugins takes a part of `runtimeConfig`. */
export function takes({ plugins }: CniList, capability: string): boolean {
  return plugins.some(({ capabilities }) => capabilities?.[capability] === true);
}

/** What a plugin reads: its own configuration, the list's name and version, what the one before answered, and what it can use. */
export function pluginInput(
  { name, cniVersion }: CniList,
  plugin: CniPlugin,
  runtime: Readonly<Record<string, unknown>>,
  previous?: unknown,
): Record<string, unknown> {
  const wanted = Object.entries(runtime).filter(([key]) => plugin.capabilities?.[key] === true);
  return {
    ...plugin,
    name,
    cniVersion,
    ...(previous !== undefined && { prevResult: previous }),
    ...(wanted.length > 0 && { runtimeConfig: Object.fromEntries(wanted) }),
  };
}
