import { LibpodError } from '../base/errors.js';
import { candidates, type PullOptions } from './pull.js';
import { completeReference, parseReference, repositoryText, withoutTransport } from './reference.js';
import { RegistryClient } from './registry/client.js';
import { listTags, searchRepositories, type FoundRepository } from './registry/listing.js';
import { readRegistriesConf, searchRegistries, sourcesOf } from './registry/registries-conf.js';

/** How registries are searched. */
export interface SearchOptions extends Omit<PullOptions, 'platform' | 'limits'> {
  /** How many of each registry at most, 1 to 100; 25 unless given. */
  readonly limit?: number | undefined;
}

/** A repository at a registry. */
export interface SearchResult extends FoundRepository {
  /** `docker.io` */
  readonly registry: string;
  /** Its whole name: `docker.io/library/alpine`. */
  readonly name: string;
}

const DEFAULT_LIMIT = 25;
const MOST_LIMIT = 100;
/** Docker Hub is searched elsewhere than it is pulled from. */
const HUB_INDEX = 'index.docker.io';

/** The registry that a term names, and what is looked for there. */
function splitTerm(term: string): { readonly registry: string | undefined; readonly rest: string } {
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  const named = /[.:]/.test(first) || first === 'localhost';
  return named ? { registry: first, rest: term.slice(slash + 1) } : { registry: undefined, rest: term };
}

/**
 * Searches registries for repositories.
 *
 * @param term a part of a name; with a registry in front that alone is searched, else those of registries.conf: `alpine`,
 *   `localhost:5000/`, which finds all of them
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_IMAGE for a registry that tells no names, ERR_UNAUTHORIZED,
 *   ERR_REGISTRY, ERR_ABORTED
 */
export async function searchImages(term: string, options: SearchOptions): Promise<SearchResult[]> {
  const { limit = DEFAULT_LIMIT } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LIMIT)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `limit ${limit} is outside the range of [1, ${MOST_LIMIT}]`,
    );
  const conf = readRegistriesConf(options.registriesConf);
  const { registry: only, rest } = splitTerm(withoutTransport(term));
  if (only === undefined && rest === '')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      'there is nothing to search for: name a part of a repository',
    );
  const results: SearchResult[] = [];
  for (const registry of only === undefined ? searchRegistries(conf) : [only]) {
    const reference = completeReference(parseReference('x'), registry);
    const [{ host, insecure } = { host: registry, insecure: false }] = sourcesOf(conf, reference).slice(-1);
    const source = { host: host === 'docker.io' ? HUB_INDEX : host, repository: '', insecure };
    await using client = new RegistryClient(source, options);
    for (const one of await searchRepositories(client, rest, limit)) {
      const { repository } = completeReference({ ...parseReference('x'), repository: one.name }, registry);
      results.push({ ...one, registry, name: `${registry}/${repository}` });
    }
  }
  return results;
}

/**
 * The tags of a repository, from the first registry or mirror that has it.
 *
 * @param name a tag or a digest in it plays no part
 * @returns the repository's whole name, and its tags as the registry orders them
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_ABORTED
 */
export async function tagsOf(
  name: string,
  options: SearchOptions,
): Promise<{ readonly name: string; readonly tags: readonly string[] }> {
  const conf = readRegistriesConf(options.registriesConf);
  let failure: unknown;
  for (const reference of candidates(withoutTransport(name), conf))
    for (const source of sourcesOf(conf, reference)) {
      await using client = new RegistryClient(source, options);
      try {
        return { name: repositoryText(reference), tags: await listTags(client, options.limit) };
      } catch (error) {
        failure = error;
      }
    }
  throw failure;
}
