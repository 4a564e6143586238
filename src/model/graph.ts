import { LibpodError } from '../base/errors.js';

/** The edges of a graph of containers: what the one with this ID leads to; undefined for one that is not there. */
export type Edges = (id: string) => readonly string[] | undefined;

/**
 * Containers and all that they lead to, each once: whatever one leads to comes before it. Pure.
 *
 * With dependencies for edges this is the order in which to start; with dependents the order in which to stop or remove.
 *
 * @param nameOf what a person calls a container
 * @throws LibpodError ERR_DEPENDENCY for a cycle, and for one that is not there: both are named
 */
export function orderOf(roots: readonly string[], edges: Edges, nameOf: (id: string) => string): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): void => {
    const at = trail.indexOf(id);
    if (at >= 0) {
      const cycle = [...trail.slice(at), id].map(nameOf).join(' -> ');
      throw new LibpodError('ERR_DEPENDENCY', `containers depend on each other in a circle: ${cycle}`, {
        containerId: id,
      });
    }
    if (done.has(id)) return;
    const next = edges(id);
    if (next === undefined) {
      const [before] = trail.slice(-1);
      throw new LibpodError(
        'ERR_DEPENDENCY',
        before === undefined
          ? `container ${nameOf(id)} is not there`
          : `container ${nameOf(before)} depends on container ${nameOf(id)}, which is not there any more; remove it, and create it anew`,
        { containerId: before ?? id },
      );
    }
    for (const one of next) visit(one, [...trail, id]);
    done.add(id);
    order.push(id);
  };
  for (const root of roots) visit(root, []);
  return order;
}
