import type { ImageConfig } from '../../oci/image-spec.js';
import { withoutUnset } from '../../spec/process.js';
import { imageVolumeMounts } from './image-volumes.js';
import type { CreateOptions } from './options.js';

/** The image of a new container. */
export interface ImageRoot {
  readonly id: string;
  /** As listings show it. */
  readonly name: string;
  /** The directories of its layers, the topmost first. */
  readonly lower: readonly string[];
  readonly config: ImageConfig;
}

/** `NAME=value` lines; the first `=` divides. */
function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/**
 * Options with what the image says where they say nothing: config.md, "config". An entrypoint that is given also takes the
 * place of the image's command.
 */
export function withImageDefaults(options: CreateOptions, { config = {} }: ImageConfig): CreateOptions {
  const { Entrypoint = [], Cmd = [], Env = [], User = '', WorkingDir = '' } = config;
  const entrypoint = options.entrypoint ?? Entrypoint;
  const given = options.command !== undefined && options.command.length > 0;
  const command = given ? options.command : options.entrypoint === undefined ? Cmd : [];
  return {
    ...options,
    command: [...entrypoint, ...(command ?? [])],
    env: { ...withoutUnset(environmentOf(Env), options.unsetEnv ?? []), ...options.env },
    user: options.user ?? (User === '' ? undefined : User),
    cwd: options.cwd ?? (WorkingDir === '' ? undefined : WorkingDir),
    stopSignal: options.stopSignal ?? config.StopSignal,
    labels: { ...config.Labels, ...options.labels },
    expose: [...Object.keys(config.ExposedPorts ?? {}), ...(options.expose ?? [])],
    mounts: [...imageVolumeMounts(options, Object.keys(config.Volumes ?? {})), ...(options.mounts ?? [])],
  };
}
