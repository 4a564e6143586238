/** What a removal of many needs to know of a container. */
interface Dependable {
  readonly id: string;
  readonly dependents: readonly string[];
}

/**
 * Removals of several containers at once, each after those that depend on it, as far as they are among them.
 *
 * @param wanted the IDs of all of them
 * @param find the container with this ID; undefined if it has gone
 * @param remove removes one
 * @returns how to remove one of them; a failure of its dependents is theirs to tell
 */
export function removalsInOrder<T extends Dependable>(
  wanted: ReadonlySet<string>,
  find: (id: string) => T | undefined,
  remove: (container: T) => Promise<void>,
): (container: T) => Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const removal = (container: T): Promise<void> => {
    const known = begun.get(container.id);
    if (known !== undefined) return known;
    const work = (async () => {
      const first = container.dependents.filter((id) => wanted.has(id)).flatMap((id) => find(id) ?? []);
      await Promise.allSettled(first.map(removal));
      await remove(container);
    })();
    begun.set(container.id, work);
    return work;
  };
  return removal;
}
