import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerDifference } from '../../../src/linux/trees/layer-diff.js';
import { changesOf } from '../../../src/storage/changes.js';

/** Differences as lines `kind path`, in the order of a walk. */
function lines(differences: string[], mounts: string[] = []): string[] {
  const parsed = differences.map((line) => {
    const [kind = '', path = ''] = line.split(' ');
    return { kind, path } as LayerDifference;
  });
  return changesOf(parsed, mounts).map(({ kind, path }) => `${kind} ${path}`);
}

describe('what a container changed', () => {
  it('is what its layer says', () => {
    expect(lines(['added /a', 'added /a/b', 'changed /c', 'deleted /d'])).toEqual([
      'added /a',
      'added /a/b',
      'changed /c',
      'deleted /d',
    ]);
  });

  it('has directories for what became new or went in them, and not for what is another', () => {
    expect(
      lines(['entered /etc', 'changed /etc/passwd', 'entered /var', 'entered /var/lib', 'added /var/lib/x']),
    ).toEqual(['changed /etc/passwd', 'changed /var', 'changed /var/lib', 'added /var/lib/x']);
    expect(lines(['entered /a', 'changed /a/1', 'deleted /a/2'])).toEqual([
      'changed /a',
      'changed /a/1',
      'deleted /a/2',
    ]);
    expect(lines(['touched /tmp'])).toEqual(['changed /tmp']);
  });

  it('does not have what the engine brings, nor the places of mounts and the way there', () => {
    const own = [
      'touched /etc',
      'added /etc/hosts',
      'added /proc',
      'added /run',
      'added /run/.containerenv',
      'added /sys',
    ];
    expect(lines(own)).toEqual([]);
    expect(lines(['touched /srv', 'added /srv/a', 'added /srv/a/volume'], ['/srv/a/volume/'])).toEqual([]);
    expect(
      lines(['touched /srv', 'added /srv/a', 'added /srv/a/other', 'added /srv/a/volume'], ['/srv/a/volume']),
    ).toEqual(['changed /srv', 'added /srv/a', 'added /srv/a/other']);
    // A mode of the directory itself is somebody's doing.
    expect(lines(['changed /etc', 'added /etc/hosts'])).toEqual(['changed /etc']);
    expect(lines(['added /run', 'added /run/app.pid'])).toEqual(['added /run/app.pid']);
  });

  it('has every path once, in order, and nothing that was not there', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'etc', 'hosts'), { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    const kind = fc.constantFrom('added', 'changed', 'touched', 'entered', 'deleted');
    fc.assert(
      fc.property(fc.dictionary(path, kind), fc.array(path, { maxLength: 3 }), (tree, mounts) => {
        const walk = Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
        const found = lines(
          walk.map(([at, what]) => `${what} ${at}`),
          mounts,
        );
        const paths = found.map((line) => line.split(' ')[1] ?? '');
        expect(paths).toEqual([...new Set(paths)].sort());
        for (const at of paths) expect(Object.keys(tree)).toContain(at);
      }),
    );
  });
});
