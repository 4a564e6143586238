import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { DEFAULT_REGISTRY, type ImageReference } from '../reference.js';

/** A place from which an image is fetched. */
export interface RegistryEndpoint {
  /** `registry.example.org` or `host:5000/some/path`; takes the place of the prefix. */
  readonly location: string;
  /** Plain HTTP, and certificates that nobody signed, are fine. */
  readonly insecure: boolean;
}

/** One `[[registry]]`. */
interface RegistryRule extends RegistryEndpoint {
  readonly prefix: string;
  readonly blocked: boolean;
  /** Tried before the location, in order. */
  readonly mirrors: readonly RegistryEndpoint[];
}

/** What containers-registries.conf(5), version 2, says. */
export interface RegistriesConf {
  readonly rules: readonly RegistryRule[];
  /** Where short names are looked for, in order. */
  readonly searchRegistries: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
}

const DEFAULT_FILE = '/etc/containers/registries.conf';

type Table = Readonly<Record<string, unknown>>;

function readConf(file: string): Table | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read ${file}`, error);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${file} is no TOML: ${(error as Error).message.split('\n')[0]}`,
      {
        cause: error,
      },
    );
  }
}

function tables(value: unknown): readonly Table[] {
  return Array.isArray(value)
    ? value.filter((item): item is Table => item !== null && typeof item === 'object')
    : [];
}

function endpointOf(table: Table, fallback = ''): RegistryEndpoint {
  const { location, insecure } = table;
  return { location: typeof location === 'string' ? location : fallback, insecure: insecure === true };
}

function ruleOf(table: Table, file: string): RegistryRule {
  const { prefix, blocked, mirror } = table;
  const endpoint = endpointOf(table, typeof prefix === 'string' ? prefix : '');
  const rule = {
    ...endpoint,
    prefix: typeof prefix === 'string' && prefix !== '' ? prefix : endpoint.location,
    blocked: blocked === true,
    mirrors: tables(mirror).map((one) => endpointOf(one)),
  };
  if (rule.prefix === '' || rule.mirrors.some(({ location }) => location === ''))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${file}: a [[registry]] or a mirror of it has no location`,
    );
  return rule;
}

/** Drop-ins of a directory `FILE.d`, in the order of their names. */
function dropIns(file: string): string[] {
  try {
    return readdirSync(`${file}.d`)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => path.join(`${file}.d`, name));
  } catch {
    return [];
  }
}

/**
 * Reads the configuration of registries: a file and the drop-ins beside it; what comes later wins, as
 * containers-registries.conf.d(5) says.
 *
 * @param file $CONTAINERS_REGISTRIES_CONF, or /etc/containers/registries.conf, unless given
 * @throws LibpodError ERR_INVALID_ARGUMENT, naming the file
 */
export function readRegistriesConf(
  file = process.env['CONTAINERS_REGISTRIES_CONF'] ?? DEFAULT_FILE,
): RegistriesConf {
  const rules = new Map<string, RegistryRule>();
  let searchRegistries: readonly string[] = [];
  let aliases: Record<string, string> = {};
  for (const each of [file, ...dropIns(file)]) {
    const table = readConf(each);
    if (table === undefined) continue;
    const search = table['unqualified-search-registries'];
    if (Array.isArray(search)) searchRegistries = search.map(String);
    for (const one of tables(table['registry'])) {
      const rule = ruleOf(one, each);
      rules.set(rule.prefix, rule);
    }
    aliases = { ...aliases, ...(table['aliases'] as Record<string, string> | undefined) };
  }
  return { rules: [...rules.values()], searchRegistries, aliases };
}

/** Whether a prefix is meant for a name: at a border of its parts, or `*.` and a domain. */
function fits(prefix: string, name: string): boolean {
  if (prefix.startsWith('*.')) {
    const host = name.split('/')[0]?.split(':')[0] ?? '';
    return host.endsWith(prefix.slice(1));
  }
  return name === prefix || (name.startsWith(prefix) && /^[/:@]/.test(name.slice(prefix.length)));
}

/** An endpoint and the name of the repository there. */
export interface Source {
  /** The host, with its port if one was given. */
  readonly host: string;
  readonly repository: string;
  readonly insecure: boolean;
}

function sourceAt(endpoint: RegistryEndpoint, prefix: string, reference: ImageReference): Source {
  const name = `${reference.registry}/${reference.repository}`;
  const moved = prefix.startsWith('*.')
    ? `${endpoint.location}/${reference.repository}`
    : endpoint.location + name.slice(prefix.length);
  const [host = '', ...rest] = moved.split('/');
  return { host, repository: rest.join('/'), insecure: endpoint.insecure };
}

/**
 * The places from which an image may be fetched, in order: the mirrors of the longest prefix that fits, then its location.
 *
 * @throws LibpodError ERR_REGISTRY if the registry is blocked
 */
export function sourcesOf(conf: RegistriesConf, reference: ImageReference): Source[] {
  const name = `${reference.registry}/${reference.repository}`;
  const [rule] = conf.rules
    .filter(({ prefix }) => fits(prefix, name))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (rule === undefined)
    return [{ host: reference.registry, repository: reference.repository, insecure: false }];
  if (rule.blocked)
    throw new LibpodError('ERR_REGISTRY', `the registry ${rule.prefix} is blocked by registries.conf`);
  const location =
    rule.location.startsWith('*.') || rule.location === '' ? reference.registry : rule.location;
  return [...rule.mirrors, { location, insecure: rule.insecure }].map((endpoint) =>
    sourceAt(endpoint, rule.prefix, reference),
  );
}

/** The registries in which a short name is looked for; Docker Hub where none is configured. */
export function searchRegistries({ searchRegistries: configured }: RegistriesConf): readonly string[] {
  return configured.length > 0 ? configured : [DEFAULT_REGISTRY];
}
