import type { ImageRunConfig, ImageSummary, Runtime } from '../../index.js';
import { withOmitted } from '../output/omitted.js';
import type { TemplateValue } from '../output/template.js';

/** The empty fields of a configuration: config.md of the image specification. */
const CONFIG = {
  ...{ User: '', ExposedPorts: {}, Env: [], Entrypoint: [], Cmd: [], Volumes: {}, WorkingDir: '' },
  ...{ Labels: {}, StopSignal: '', Healthcheck: null, OnBuild: [], ArgsEscaped: false },
};

/** Where the layers of an image are, in the words of its driver. */
async function graphDriver({ images, storageDriver: Name }: Runtime, { chain }: ImageSummary) {
  const { layers } = await images.store();
  const [top, ...below] = [...chain].reverse().map((chainId) => layers.treePath(chainId));
  return {
    Name,
    Data: {
      ...(below.length > 0 && Name === 'overlay' && { LowerDir: below.join(':') }),
      ...(top !== undefined && { UpperDir: top }),
    },
  };
}

/** An image as podman-image-inspect(1) shows it. */
export async function imageJson(runtime: Runtime, image: ImageSummary) {
  const { id, digest, config, manifest, size } = image;
  const runConfig: ImageRunConfig = config.config ?? {};
  const { Healthcheck } = runConfig;
  const json = {
    Id: id,
    Digest: digest,
    RepoTags: image.repoTags,
    RepoDigests: image.repoDigests,
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    Config: withOmitted({ ...runConfig }, CONFIG),
    Version: '',
    Author: config.author ?? '',
    Architecture: config.architecture,
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: await graphDriver(runtime, image),
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Labels: config.config?.Labels ?? null,
    Annotations: manifest.annotations ?? {},
    ManifestType: manifest.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
    User: config.config?.User ?? '',
    History: config.history ?? [],
    NamesHistory: image.names,
    ...(Healthcheck !== undefined && { Healthcheck }),
  };
  return withOmitted(json, {
    ID: id,
    HealthCheck: (Healthcheck ?? null) as TemplateValue,
    Healthcheck: null,
  });
}
