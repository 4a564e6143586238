import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceEntry, parseDeviceEntries } from '../../../src/base/device-rule.js';

describe('an entry of a device list', () => {
  it('is what was written', () => {
    const number = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom('b' as const, 'c' as const),
        number,
        number,
        fc.constantFrom('r', 'w', 'm', 'rw', 'rwm'),
        (type, major, minor, access) => {
          const rule = {
            allow: true,
            type,
            ...(major === undefined ? {} : { major }),
            ...(minor === undefined ? {} : { minor }),
            access,
          };
          expect(parseDeviceEntries(`${deviceEntry(rule)}\n`)).toEqual([rule]);
        },
      ),
    );
  });

  it('for all devices has no numbers', () => {
    expect(deviceEntry({ allow: false, major: 1, access: 'r' })).toBe('a');
    expect(parseDeviceEntries('a *:* rwm\nnonsense\n')).toEqual([{ allow: true, type: 'a', access: 'rwm' }]);
  });
});
