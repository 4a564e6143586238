import { LibpodError } from '../../base/errors.js';
import { headerOf, type RegistryClient } from './client.js';
import { readShort, statusError } from './error.js';

/** What is read of one page of a list. */
const MOST_PAGE_BYTES = 4 * 1024 * 1024;
/** Pages after which a registry is taken to go round in circles. */
const MOST_PAGES = 1000;

/** A repository that a search has found. */
export interface FoundRepository {
  /** As the registry names it: `library/alpine`. */
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

/** Texts of an answer of JSON; anything else in their place is left out. */
function textsIn(document: unknown, key: string): string[] {
  const list = (document as Readonly<Record<string, unknown>> | null)?.[key];
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function readJson(client: RegistryClient, what: string, path: string, scope: string) {
  const response = await client.request(what, path, {}, [scope]);
  if (response.statusCode !== 200) throw await statusError(what, response);
  const bytes = await readShort(response.body, MOST_PAGE_BYTES, `the list of ${client.source.host}`);
  try {
    return { document: JSON.parse(bytes.toString('utf8')) as unknown, link: headerOf(response, 'link') };
  } catch {
    throw new LibpodError('ERR_REGISTRY', `cannot ${what}: the answer is no JSON`);
  }
}

/** The texts of a list that comes in pages: the distribution specification, "Content Discovery". */
async function* listed(
  client: RegistryClient,
  what: string,
  start: string,
  key: string,
  scope: string,
): AsyncGenerator<string, void, void> {
  let path: string | undefined = start;
  for (let page = 0; path !== undefined; page++) {
    if (page === MOST_PAGES)
      throw new LibpodError('ERR_REGISTRY', `cannot ${what}: the list has more than ${MOST_PAGES} pages`);
    const { document, link } = await readJson(client, what, path, scope);
    yield* textsIn(document, key);
    path = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(link ?? '')?.[1];
  }
}

/**
 * The tags of a repository, as the registry orders them.
 *
 * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_ABORTED
 */
export async function listTags(client: RegistryClient, most = Infinity): Promise<string[]> {
  const { repository } = client.source;
  const tags: string[] = [];
  const pages = listed(
    client,
    `list the tags of ${client.name}`,
    `/v2/${repository}/tags/list`,
    'tags',
    `repository:${repository}:pull`,
  );
  for await (const tag of pages) {
    if (tags.length >= most) break;
    tags.push(tag);
  }
  return tags;
}

/** What the index of Docker Hub, and registries that copy it, answer; undefined of those that do not. */
async function searchIndex(
  client: RegistryClient,
  term: string,
  most: number,
): Promise<FoundRepository[] | undefined> {
  const query = new URLSearchParams({ q: term, n: String(most) }).toString();
  try {
    const { document } = await readJson(client, `search ${client.source.host}`, `/v1/search?${query}`, '');
    const { results } = (document ?? {}) as { results?: unknown };
    if (!Array.isArray(results)) return undefined;
    return results.map((one: Readonly<Record<string, unknown>> | null) => ({
      name: textOf(one?.['name']),
      description: textOf(one?.['description']),
      stars: Number(one?.['star_count'] ?? 0),
      official: one?.['is_official'] === true,
      automated: one?.['is_automated'] === true,
    }));
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NO_SUCH_IMAGE') || LibpodError.is(error, 'ERR_UNAUTHORIZED'))
      return undefined;
    throw error;
  }
}

/**
 * Repositories of a registry whose name has a text in it: as its index finds them, or else by its catalog, of which one that is
 * the whole text comes first.
 *
 * @param client of that registry, whatever its repository
 * @param term all repositories if it is empty
 * @throws LibpodError ERR_NO_SUCH_IMAGE for a registry that tells no names, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_ABORTED
 */
export async function searchRepositories(
  client: RegistryClient,
  term: string,
  most: number,
): Promise<FoundRepository[]> {
  const known = term === '' ? undefined : await searchIndex(client, term, most);
  if (known !== undefined) return known.slice(0, most);
  const found: string[] = [];
  const what = `list the repositories of ${client.source.host}`;
  for await (const name of listed(client, what, '/v2/_catalog', 'repositories', 'registry:catalog:*')) {
    if (found.length >= most) break;
    if (name === term) found.unshift(name);
    else if (name.includes(term)) found.push(name);
  }
  return found.map((name) => ({ name, description: '', stars: 0, official: false, automated: false }));
}
