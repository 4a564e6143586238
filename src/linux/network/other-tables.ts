import { bytes, decodeAttributes } from './netlink.js';
import type { NetlinkSocket } from './netlink.js';
import { dump, HOOKS, isOf, MSG, NFPROTO, NFPROTO_INET } from './nftables.js';

/** A chain through which the packets go that this machine forwards, in a table of whoever's. */
export interface ForwardChain {
  /** The families whose packets come by, and the number of that of the table. */
  readonly families: readonly (4 | 6)[];
  readonly family: number;
  readonly table: string;
  readonly chain: string;
  /** Whether it drops what none of its rules accepts. */
  readonly drops: boolean;
}

/** The families of tables through which packets of the internet go, as nft(8) calls them. */
const FAMILIES: ReadonlyMap<number, { readonly name: string; readonly families: readonly (4 | 6)[] }> =
  new Map([
    [NFPROTO_INET, { name: 'inet', families: [4, 6] }],
    [NFPROTO[4], { name: 'ip', families: [4] }],
    [NFPROTO[6], { name: 'ip6', families: [6] }],
  ]);

/** A table as nft(8) names it: `ip filter`. */
export function tableName({ family, table }: Pick<ForwardChain, 'family' | 'table'>): string {
  return `${FAMILIES.get(family)?.name ?? family} ${table}`;
}

const text = (value: Buffer | undefined): string =>
  (value ?? Buffer.alloc(1)).toString('utf8', 0, (value?.length ?? 1) - 1);

/** The chains of all tables that see forwarded packets (linux/netfilter/nf_tables.h, NFTA_CHAIN_*, NFTA_HOOK_*). */
export async function forwardChains(netlink: NetlinkSocket): Promise<ForwardChain[]> {
  const all = await netlink.talk('list the chains of the firewall', [dump(MSG.getChain, 0)]);
  return all.flatMap((one) => {
    const family = one.content.readUInt8(0);
    const kind = FAMILIES.get(family);
    if (!isOf(one, MSG.newChain) || kind === undefined) return [];
    const attributes = decodeAttributes(one.content.subarray(4));
    const hook = attributes.get(4);
    if (hook === undefined || decodeAttributes(hook).get(1)?.readUInt32BE() !== HOOKS.forward) return [];
    const NF_DROP = 0;
    return {
      families: kind.families,
      family,
      table: text(attributes.get(1)),
      chain: text(attributes.get(3)),
      drops: attributes.get(5)?.readUInt32BE() === NF_DROP,
    };
  });
}

/** Whether a table has a chain of this name. */
export async function hasChain(
  netlink: NetlinkSocket,
  { family, table }: Pick<ForwardChain, 'family' | 'table'>,
  chain: string,
): Promise<boolean> {
  const all = await netlink.talk('list the chains of the firewall', [dump(MSG.getChain, family)]);
  return all.some((one) => {
    const attributes = decodeAttributes(one.content.subarray(4));
    return isOf(one, MSG.newChain) && text(attributes.get(1)) === table && text(attributes.get(3)) === chain;
  });
}

/** Whether a rule of a table, or one of its sets, has one of these values to compare with. */
export async function mentions(
  netlink: NetlinkSocket,
  { family, table }: Pick<ForwardChain, 'family' | 'table'>,
  values: readonly Buffer[],
): Promise<boolean> {
  const what = `read the firewall table ${table}`;
  const ofTable = [1, bytes.text(table)] as const;
  const found = ({ content }: { readonly content: Buffer }): boolean =>
    values.some((value) => content.includes(value));
  if ((await netlink.talk(what, [dump(MSG.getRule, family, [ofTable])])).some(found)) return true;
  const sets = await netlink.talk(what, [dump(MSG.getSet, family, [ofTable])]);
  for (const set of sets.filter((one) => isOf(one, MSG.newSet))) {
    const name = decodeAttributes(set.content.subarray(4)).get(2) ?? Buffer.alloc(0);
    if ((await netlink.talk(what, [dump(MSG.getElement, family, [ofTable, [2, name]])])).some(found))
      return true;
  }
  return false;
}
