import type { Image, ImageSummary } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { humanSize } from '../output/human-size.js';
import { printable } from '../output/printable.js';
import { withRuntime } from '../runtime.js';

/** A layer and those that stand on it. */
interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** Lines of a tree, each under the one that it hangs on. */
function linesOf(nodes: readonly Node[], indent = ''): string[] {
  return nodes.flatMap(({ text, children }, at) => {
    const last = at === nodes.length - 1;
    return [
      `${indent}${last ? '└──' : '├──'} ${text}`,
      ...linesOf(children, `${indent}${last ? '    ' : '│   '}`),
    ];
  });
}

/**
 * The layers of an image, the lowest first; or its top layer with all that stands on it.
 *
 * @param sizeOf bytes of a layer's archive
 */
function layerNodes(
  image: Image,
  images: readonly Image[],
  sizeOf: (chainId: string) => number,
  above: boolean,
): Node[] {
  const node = (chainId: string, children: readonly Node[]): Node => {
    const names = images.filter(({ chain }) => chain.at(-1) === chainId).flatMap((one) => one.names);
    const size = humanSize(sizeOf(chainId)).padStart(7);
    const top = names.length === 0 ? '' : ` Top Layer of: [${names.join(' ')}]`;
    return { text: `ID: ${chainId.replace('sha256:', '').slice(0, 12)} Size: ${size}${top}`, children };
  };
  if (!above) return image.chain.map((chainId) => node(chainId, []));
  const on = (chainId: string): Node => {
    const next = images.flatMap(({ chain }) => {
      const at = chain.indexOf(chainId);
      return at < 0 ? [] : chain.slice(at + 1, at + 2);
    });
    return node(chainId, [...new Set(next)].map(on));
  };
  return image.chain.slice(-1).map(on);
}

function headOf({ id, names, size }: ImageSummary): string[] {
  return [`Image ID: ${id.slice(0, 12)}`, `Tags:     [${names.join(' ')}]`, `Size:     ${humanSize(size)}`];
}

/** `image tree`: podman-image-tree(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE')
    .argument('<image>')
    .option('--whatrequires', 'show what stands on the image')
    .action(async (name: string) => {
      const { whatrequires = false } = command.opts<{ whatrequires?: boolean }>();
      await withRuntime(command, async ({ images }) => {
        const image = await images.find(name);
        const { layers } = await images.store();
        const sizeOf = (chainId: string): number => layers.sizeOf(chainId);
        const tree = layerNodes(image, await images.list(), sizeOf, whatrequires);
        const lines = tree.length === 0 ? ['No Image Layers'] : ['Image Layers', ...linesOf(tree)];
        process.stdout.write([...headOf(image), ...lines].map((line) => `${printable(line)}\n`).join(''));
      });
    });
}
