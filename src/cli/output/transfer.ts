import type { Transfer, TransferEvent } from '../../index.js';
import { humanSize } from './human-size.js';

const BAR = 30;

/** Twelve digits of a digest. */
function short(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 12);
}

function bar({ current, total }: TransferEvent): string {
  const filled = total === 0 ? BAR : Math.floor((BAR * current) / total);
  return `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}] ${humanSize(current, 3, ' ')} / ${humanSize(total, 3, ' ')}`;
}

function line(event: TransferEvent): string {
  const { digest, state } = event;
  const name = `Copying blob ${short(digest)}`;
  switch (state) {
    case 'waiting':
      return name;
    case 'downloading':
    case 'uploading':
      return `${name} ${bar(event)}`;
    case 'unpacking':
      return `${name} unpacking`;
    case 'exists':
      return `${name} skipped: already exists`;
    case 'done':
      return `${name} done`;
    default:
      return state satisfies never;
  }
}

/** Tells how far a transfer is: bars on a terminal, and off it a line for each blob when it is there. */
export async function showTransfer<T>(transfer: Transfer<T>, out: NodeJS.WriteStream): Promise<T> {
  const latest = new Map<string, TransferEvent>();
  const skipped = new Set<string>();
  let drawn = 0;
  for await (const event of transfer) {
    const { digest, state } = event;
    const known = latest.get(digest);
    if (state === 'exists') skipped.add(digest);
    const shown: TransferEvent =
      state === 'done' && skipped.has(digest) ? { ...event, state: 'exists' } : event;
    latest.set(digest, shown);
    if (!out.isTTY) {
      if (state === 'done') out.write(`${line(shown)}\n`);
      continue;
    }
    // What a bar shows in whole characters changes seldom.
    if (known !== undefined && line(known) === line(shown)) continue;
    const up = drawn === 0 ? '' : `\x1b[${drawn}A`;
    out.write(`${up}${[...latest.values()].map((one) => `\x1b[2K${line(one)}\n`).join('')}`);
    drawn = latest.size;
  }
  return transfer;
}
