import path from 'node:path';
import type { DeviceRate, DeviceWeight, HostDevice, LinuxDeviceCgroup } from '../../index.js';
import { UsageError } from '../errors.js';
import { parseSize, parseWhole } from './values.js';

const ACCESS = /^[rwm]{1,3}$/;

/** `HOST[:CONTAINER][:rwm]` of --device; the second part may be the access: podman-run(1). */
export function parseDevice(text: string): HostDevice {
  const [host = '', second, third, ...more] = text.split(':');
  const access = third ?? (second !== undefined && ACCESS.test(second) ? second : undefined);
  const containerPath = second === access && third === undefined ? undefined : second;
  const wrong =
    host === '' || more.length > 0 || (access !== undefined && !ACCESS.test(access)) || containerPath === '';
  if (wrong)
    throw new UsageError(
      `invalid device specification: ${text}: write HOST[:CONTAINER][:ACCESS], such as /dev/fuse:/dev/fuse:rw`,
    );
  return { path: path.resolve(host), containerPath, access };
}

/** `TYPE MAJOR:MINOR ACCESS` of --device-cgroup-rule: `c 1:3 rwm`, with `*` for any number; podman-run(1). */
export function parseDeviceRule(text: string): LinuxDeviceCgroup {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null)
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "--device-cgroup-rule" flag: write TYPE MAJOR:MINOR ACCESS, such as "c 1:3 rwm"`,
    );
  const [, type, major, minor, access] = match;
  const number = (word: string | undefined): number | undefined => (word === '*' ? undefined : Number(word));
  return { allow: true, type: type as 'a' | 'b' | 'c', major: number(major), minor: number(minor), access };
}

/** Splits at the last colon, as a path may have others. */
function splitLast(flag: string, text: string, value: string): [device: string, value: string] {
  const at = text.lastIndexOf(':');
  if (at > 0 && text.startsWith('/')) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(
    `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: write DEVICE:${value}, such as /dev/sda:100`,
  );
}

/** `DEVICE:WEIGHT` of --blkio-weight-device. */
export function parseDeviceWeight(text: string): DeviceWeight {
  const [device, weight] = splitLast('blkio-weight-device', text, 'WEIGHT');
  return { path: device, weight: parseWhole('blkio-weight-device', weight) };
}

/** `DEVICE:SIZE` of --device-read-bps and --device-write-bps. */
export function parseDeviceBytes(flag: string, text: string): DeviceRate {
  const [device, rate] = splitLast(flag, text, 'SIZE');
  return { path: device, rate: parseSize(flag, rate) };
}

/** `DEVICE:NUMBER` of --device-read-iops and --device-write-iops. */
export function parseDeviceOperations(flag: string, text: string): DeviceRate {
  const [device, rate] = splitLast(flag, text, 'NUMBER');
  return { path: device, rate: parseWhole(flag, rate) };
}
