import { createHash, type Hash } from 'node:crypto';

/** A digest of content, as the image specification writes it (descriptor.md, "Digests"); sha256 alone is used here. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The hexadecimal part of a digest: the name of its blob. */
export function digestHex(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Counts and sums up content as it passes by. */
export class Digester {
  readonly #hash: Hash = createHash('sha256');
  size = 0;

  update(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.size += piece.length;
  }

  /** The digest of all that passed; once. */
  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/**
 * The ID of a stack of layers (config.md, "Layer ChainID"), for each of them.
 *
 * @param diffIds the digests of the layers' uncompressed archives, the lowest first
 */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
