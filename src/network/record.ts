import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { parseIp, Subnet } from '../base/ip.js';
import { readTextFile } from '../linux/files/files.js';
import { NETWORK_VERSION, type OwnNetwork } from './config.js';

type Raw = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSubnet(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { subnet, gateway } = value;
  return (
    isText(subnet) && Subnet.parse(subnet) !== undefined && isText(gateway) && parseIp(gateway) !== undefined
  );
}

/** Whether all is there without which nothing can be done with a network. */
function isNetwork(value: Raw, name: string): boolean {
  const { driver, subnets, labels, createdTime, internal, bridge, parent, mode } = value;
  const own = driver === 'bridge' ? isText(bridge) : isText(parent) && isText(mode);
  return (
    value['name'] === name &&
    ['bridge', 'macvlan', 'ipvlan'].includes(String(driver)) &&
    own &&
    Array.isArray(subnets) &&
    subnets.every(isSubnet) &&
    isObject(labels) &&
    isText(createdTime) &&
    typeof internal === 'boolean'
  );
}

function damaged(file: string, name: string, what: string): LibpodError {
  return new LibpodError(
    'ERR_RECORD_DAMAGED',
    `the record ${file} of network ${name} is damaged: ${what}: mend it, or remove the network`,
  );
}

function readText(file: string, name: string): string | undefined {
  try {
    return readTextFile(file);
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_SYSTEM')) throw error;
    const code = errnoName(error.errno ?? 0);
    if (code !== 'EISDIR') throw error;
    throw damaged(file, name, 'it is a directory');
  }
}

/**
 * Reads the record of a network.
 *
 * @returns undefined if there is none
 * @throws LibpodError ERR_RECORD_DAMAGED; ERR_RECORD_NEWER for one that a later libpod wrote
 */
export function readNetwork(file: string, name: string): OwnNetwork | undefined {
  const text = readText(file, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, name, 'it is no JSON');
  }
  const version = isObject(value) ? value['version'] : undefined;
  if (Number.isInteger(version) && (version as number) > NETWORK_VERSION)
    throw new LibpodError(
      'ERR_RECORD_NEWER',
      `the record ${file} of network ${name} has version ${String(version)}, and this libpod reads up to ${NETWORK_VERSION}: use the libpod that wrote it`,
    );
  if (version !== NETWORK_VERSION || !isObject(value) || !isNetwork(value, name))
    throw damaged(file, name, 'it is not what a network is recorded by');
  return value as unknown as OwnNetwork;
}
