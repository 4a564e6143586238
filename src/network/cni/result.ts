import { LibpodError } from '../../base/errors.js';
import { parseIp } from '../../base/ip.js';

/** What ADD has come to: CNI specification, "Success". */
export interface CniResult {
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  readonly gateways: readonly string[];
}

/**
 * Reads what the last plugin of a list answered. Only what is well formed is taken: it goes into the container's files.
 *
 * @throws LibpodError ERR_CNI if it is no result
 */
export function parseResult(answer: unknown, network: string): CniResult {
  if (typeof answer !== 'object' || answer === null)
    throw new LibpodError('ERR_CNI', `the CNI plugins of network ${network} answered no result to ADD`);
  const { ips = [] } = answer as { ips?: unknown };
  const found = (Array.isArray(ips) ? (ips as unknown[]) : []).map(
    (one) => (one ?? {}) as { address?: unknown; gateway?: unknown },
  );
  return {
    addresses: found.flatMap(({ address }) => {
      const [text = '', prefix = ''] = typeof address === 'string' ? address.split('/') : [];
      return parseIp(text) !== undefined && /^\d{1,3}$/.test(prefix)
        ? [{ address: text, prefix: Number(prefix) }]
        : [];
    }),
    gateways: found.flatMap(({ gateway }) =>
      typeof gateway === 'string' && parseIp(gateway) !== undefined ? [gateway] : [],
    ),
  };
}
