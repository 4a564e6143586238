import type { Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { withRuntime } from '../runtime.js';

/** The fields of podman-image-inspect(1). */
async function inspectImage({ images }: Runtime, name: string): Promise<object> {
  const image = await images.find(name);
  const { id, digest, config, manifest, size } = image;
  return {
    Id: id,
    Digest: digest,
    RepoTags: image.repoTags,
    RepoDigests: image.repoDigests,
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    Config: config.config ?? {},
    Version: '',
    Author: config.author ?? '',
    Architecture: config.architecture,
    Os: config.os,
    Size: size,
    VirtualSize: size,
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Labels: config.config?.Labels ?? null,
    Annotations: manifest.annotations ?? {},
    ManifestType: manifest.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
    User: config.config?.User ?? '',
    History: config.history ?? [],
  };
}

/** `image inspect`: podman-image-inspect(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('IMAGE [IMAGE...]')
    .argument('<images...>')
    .action(async (names: string[]) => {
      await withRuntime(command, async (runtime) => {
        const failures = new Failures();
        const found: object[] = [];
        for (const name of names) {
          try {
            found.push(await inspectImage(runtime, name));
          } catch (error) {
            failures.add(error);
          }
        }
        process.stdout.write(`${JSON.stringify(found, null, '     ')}\n`);
        failures.raise();
      });
    });
}
