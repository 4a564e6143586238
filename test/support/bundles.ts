import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CreateOptions, Runtime } from '../../src/index.js';
import type { RuntimeSpec } from '../../src/oci/runtime-spec.js';

/** The same at every depth, to be changed. */
export type Changeable<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Changeable<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Changeable<T[Name]> }
    : T;

/**
 * Writes a bundle of what the engine would run for these options, changed by hand: a container that is one defence
 * weaker than ours, for the control of an attack.
 *
 * @param options with `rootfs`, as a bundle has a directory for its root
 */
export async function bundleOf(
  runtime: Runtime,
  directory: string,
  options: CreateOptions & { readonly rootfs: string },
  change: (spec: Changeable<RuntimeSpec>) => void,
): Promise<string> {
  const container = await runtime.createContainer(options);
  const spec = JSON.parse(JSON.stringify(container.spec())) as Changeable<RuntimeSpec>;
  await container.remove();
  delete spec.linux?.cgroupsPath;
  // The files that the engine writes for the container are gone with it.
  spec.mounts = (spec.mounts ?? []).filter(({ source = '' }) => !source.includes(container.id));
  spec.root.path = options.rootfs;
  change(spec);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify(spec));
  return directory;
}
