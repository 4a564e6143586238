import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependenciesOf, linkTargets } from '../../../src/model/dependencies.js';
import { orderOf } from '../../../src/model/graph.js';

const NAMES: Readonly<Record<string, string>> = { a: 'web', b: 'db', c: 'cache' };
const nameOf = (id: string): string => NAMES[id] ?? id;

function order(roots: readonly string[], graph: Readonly<Record<string, readonly string[]>>): string[] {
  return orderOf(roots, (id) => graph[id], nameOf);
}

describe('the order of a graph of containers', () => {
  it('has what one depends on before it, each once', () => {
    expect(order(['a'], { a: ['b', 'c'], b: ['c'], c: [] })).toEqual(['c', 'b', 'a']);
    expect(order(['b', 'a'], { a: ['c'], b: ['c'], c: [] })).toEqual(['c', 'b', 'a']);
    expect(order([], {})).toEqual([]);
  });

  it('names a cycle from end to end', () => {
    expect(() => order(['a'], { a: ['b'], b: ['c'], c: ['b'] })).toThrow('db -> cache -> db');
    expect(() => order(['a'], { a: ['a'] })).toThrow('web -> web');
  });

  it('names one that is missing, and who needs it', () => {
    expect(() => order(['a'], { a: ['b'] })).toThrow('container web depends on container db');
    expect(() => order(['a'], {})).toThrow('container web is not there');
  });

  it('holds for every graph without a cycle', () => {
    const graphs = fc
      .array(fc.uniqueArray(fc.nat(30), { maxLength: 5 }), { maxLength: 30 })
      // Edges to smaller numbers alone: that has no cycle.
      .map((edges) => edges.map((to, from) => to.filter((one) => one < from).map(String)));
    fc.assert(
      fc.property(graphs, (edges) => {
        const all = edges.map((_, index) => String(index));
        const sorted = orderOf(all, (id) => edges[Number(id)], nameOf);
        expect([...sorted].sort()).toEqual([...all].sort());
        for (const [from, to] of edges.entries())
          for (const one of to) expect(sorted.indexOf(one)).toBeLessThan(sorted.indexOf(String(from)));
      }),
    );
  });
});

describe('the dependencies of a configuration', () => {
  it('are each container once, whatever it is needed for', () => {
    const config = { netNsCtr: 'a', ipcNsCtr: 'a', pidNsCtr: 'b', userNsCtr: 'd', dependencies: ['c', 'b'] };
    expect(dependenciesOf(config)).toEqual(['b', 'a', 'd', 'c']);
    expect(linkTargets({ ...config, pod: 'p' })).toEqual(['b', 'a', 'd', 'c', 'p']);
    expect(dependenciesOf({})).toEqual([]);
  });
});
