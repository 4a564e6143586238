import { compileDeviceFilter } from '../../base/device-filter.js';
import { deviceEntry, parseDeviceEntries, type DeviceRule } from '../../base/device-rule.js';
import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { cgroupError, readCgroupFiles, writeCgroupFiles, type CgroupWrite } from './files.js';
import { invalid } from '../kernel-error.js';
import { missingController, type CgroupPlace } from './place.js';

/** @throws LibpodError ERR_INVALID_ARGUMENT for a rule that no version has */
function checkRule({ allow, type, major, minor, access }: DeviceRule): void {
  const whole = [major, minor].every((number) => number === undefined || Number.isInteger(number));
  const known = type === undefined || ['a', 'b', 'c'].includes(type);
  if (typeof allow === 'boolean' && known && whole && (access === undefined || /^[rwm]{1,3}$/.test(access)))
    return;
  throw invalid(
    `a device rule has allow, a type of a, b or c, numbers, and access of the letters rwm, not ${JSON.stringify({ allow, type, major, minor, access })}`,
  );
}

/** Amends the list of version 1, or adds a program on version 2. */
export async function setDevices(place: CgroupPlace, rules: readonly DeviceRule[]): Promise<void> {
  rules.forEach(checkRule);
  const what = `set the devices of cgroup ${place.path}`;
  const v1 = place.directory('devices');
  if (v1 !== undefined) {
    const write = (rule: DeviceRule): CgroupWrite => [
      `${v1}/devices.${rule.allow ? 'allow' : 'deny'}`,
      deviceEntry(rule),
    ];
    return writeCgroupFiles(what, rules.map(write));
  }
  const { unifiedDirectory } = place;
  if (unifiedDirectory === undefined) throw missingController('devices');
  const answer = await addon.attachDeviceFilter(unifiedDirectory, compileDeviceFilter(rules));
  if (isFailure(answer)) throw cgroupError(what, answer);
}

/** The list of version 1. */
export function readDevices(place: CgroupPlace): DeviceRule[] | undefined {
  const directory = place.directory('devices');
  if (directory === undefined) return undefined;
  const [text] = readCgroupFiles([`${directory}/devices.list`]);
  return text === undefined ? undefined : parseDeviceEntries(text);
}
