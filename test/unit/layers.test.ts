import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Which folder of src/ may import which, and which packages. docs/architecture.md explains the layers; decision 0001 why
 * some lines are as they are. A folder may always import `node:*` and itself, without a cycle between its files.
 */
const LAYERS: Record<string, { readonly folders: readonly string[]; readonly packages?: readonly string[] }> =
  {
    base: { folders: [] },
    native: { folders: ['base'], packages: ['bindings'] },
    linux: { folders: ['base', 'native'] },
    oci: { folders: ['base'], packages: ['valibot'] },
    model: { folders: ['base', 'oci'] },
    spec: { folders: ['base', 'model', 'oci'] },
    launch: { folders: ['base', 'oci'] },
    monitor: { folders: ['base', 'linux', 'launch', 'model'] },
    locks: { folders: ['base', 'linux', 'model', 'oci'] },
    records: { folders: ['base', 'linux', 'model', 'oci'] },
    archive: { folders: ['base', 'linux'], packages: ['fzstd'] },
    images: { folders: ['base', 'oci', 'linux', 'archive'], packages: ['smol-toml', 'undici'] },
    events: { folders: ['base', 'linux', 'model', 'oci'] },
    storage: { folders: ['base', 'archive', 'launch', 'linux', 'model', 'oci'] },
    network: { folders: ['base', 'launch', 'linux', 'model'] },
    volume: { folders: ['base', 'linux', 'model', 'oci', 'archive', 'records'] },
    runtimes: { folders: ['base', 'oci', 'launch', 'monitor', 'linux'] },
    container: {
      folders: [
        'base',
        'oci',
        'linux',
        'model',
        'spec',
        'launch',
        'monitor',
        'locks',
        'records',
        'archive',
        'events',
        'storage',
        'network',
        'volume',
        'runtimes',
      ],
    },
    pod: {
      folders: [
        'base',
        'oci',
        'linux',
        'model',
        'spec',
        'launch',
        'monitor',
        'locks',
        'records',
        'archive',
        'events',
        'storage',
        'runtimes',
        'container',
      ],
    },
    engine: {
      folders: [
        'base',
        'oci',
        'linux',
        'model',
        'spec',
        'launch',
        'monitor',
        'locks',
        'records',
        'archive',
        'events',
        'storage',
        'network',
        'volume',
        'runtimes',
        'images',
        'bundles',
        'container',
        'pod',
      ],
    },
    cli: { folders: ['base', 'engine'], packages: ['commander'] },
    bundles: { folders: ['base', 'oci', 'spec', 'linux', 'launch', 'monitor', 'storage', 'runtimes'] },
    'runtime-cli': { folders: ['base', 'oci', 'linux', 'launch', 'spec', 'bundles'] },
  };

/** The public doors: they only hand on what the layers offer, so they may name any of them. */
const DOORS = new Set(['index.ts', 'linux.ts']);

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

interface Import {
  /** The importing file, relative to src/. */
  readonly from: string;
  /** What it imports: a file relative to src/, or the name of a package or of a part of Node. */
  readonly to: string;
  readonly inSrc: boolean;
}

/** The module names in a file: imports and re-exports, type-only ones, import() of values and of types, require(). */
function moduleNames(file: string, text: string): string[] {
  const names: string[] = [];
  const take = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteralLike(node)) names.push(node.text);
    else
      throw new Error(
        `${file} imports something whose name is not a literal: ${node?.getText() ?? 'nothing'}`,
      );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) take(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) take(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node))
      take(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument);
    else if (ts.isExternalModuleReference(node)) take(node.expression);
    else if (ts.isCallExpression(node)) {
      const called = node.expression;
      const dynamic = called.kind === ts.SyntaxKind.ImportKeyword;
      const required =
        ts.isIdentifier(called) && called.text === 'require' && node.arguments[0] !== undefined;
      // A require of a computed file is how the addon is loaded; the packages rule watches who may.
      if (dynamic || (required && ts.isStringLiteralLike(node.arguments[0] as ts.Node)))
        take(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return names;
}

/** All imports of a source text; the file's name is relative to src/. */
function importsOf(from: string, text: string): Import[] {
  return moduleNames(from, text).map((name) => {
    if (!name.startsWith('.')) return { from, to: name, inSrc: false };
    return { from, to: path.join(path.dirname(from), name).replace(/\.js$/, '.ts'), inSrc: true };
  });
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

/** A package's name without the path inside it. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What breaks the layers: one sentence each. */
function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to, inSrc }) => {
    if (!inSrc && to.startsWith('node:')) return [];
    if (DOORS.has(from))
      return inSrc ? [] : [`${from} imports the package ${to}: a door hands on, nothing else`];
    const folder = folderOf(from);
    const layer = LAYERS[folder];
    if (layer === undefined) return [`${from} is in no layer`];
    if (!inSrc) return layer.packages?.includes(packageOf(to)) ? [] : [`${from} imports the package ${to}`];
    if (folderOf(to) === folder) return [];
    if (folder === 'cli' && DOORS.has(to)) return []; // the command line is a user of the library
    return layer.folders.includes(folderOf(to)) ? [] : [`${from} imports ${to}`];
  });
}

/** The first cycle of a graph, as the nodes along it; undefined if there is none. */
function findCycle(edges: readonly (readonly [string, string])[]): string[] | undefined {
  const graph = new Map<string, string[]>();
  for (const [from, to] of edges) graph.set(from, [...(graph.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (node: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...trail, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(path.join(SRC, file), 'utf8')));
const within = imports.filter(({ inSrc }) => inSrc);

describe('the layers of src/', () => {
  it('finds files in every folder that it knows, and knows every folder', () => {
    const folders = new Set(files.map(folderOf));
    for (const door of DOORS) expect(folders.delete(door), door).toBe(true);
    expect([...folders].sort()).toEqual(Object.keys(LAYERS).sort());
  });

  it('imports only files that are there', () => {
    expect(within.filter(({ to }) => !files.includes(to))).toEqual([]);
  });

  it('has no import that its layer does not allow', () => {
    expect(violations(imports)).toEqual([]);
  });

  it('allows no cycle between folders', () => {
    const edges = Object.entries(LAYERS).flatMap(([from, { folders }]) =>
      folders.map((to) => [from, to] as const),
    );
    expect(findCycle(edges)).toBeUndefined();
  });

  it('has no cycle between files, type-only imports included', () => {
    expect(findCycle(within.map(({ from, to }) => [from, to] as const))).toBeUndefined();
  });
});

describe('the checks themselves', () => {
  it.each([
    ["import { a } from '../container/core.js';"],
    ["import type { A } from '../container/core.js';"],
    ["export * from '../container/core.js';"],
    ["export type { A } from '../container/core.js';"],
    ["import '../container/core.js';"],
    ["const a = await import('../container/core.js');"],
    ["type A = import('../container/core.js').A;"],
    ["import a = require('../container/core.js');"],
    ["const a = require('../container/core.js');"],
  ])('see %s', (text) => {
    expect(violations(importsOf('base/x.ts', text))).toEqual(['base/x.ts imports container/core.ts']);
  });

  it('see a package where none belongs', () => {
    expect(violations(importsOf('base/x.ts', "import * as v from 'valibot';"))).toEqual([
      'base/x.ts imports the package valibot',
    ]);
  });

  it('refuse a name that is computed', () => {
    expect(() => importsOf('base/x.ts', 'await import(name);')).toThrow('not a literal');
  });

  it('find a cycle', () => {
    expect(
      findCycle([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
      ]),
    ).toEqual(['b', 'c', 'b']);
    expect(
      findCycle([
        ['a', 'b'],
        ['b', 'c'],
        ['a', 'c'],
      ]),
    ).toBeUndefined();
  });
});
