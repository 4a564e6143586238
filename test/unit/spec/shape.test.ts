import { describe, expect, it } from 'vitest';
import { LibpodError } from '../../../src/base/errors.js';
import { CREATE_OPTIONS, RUNTIME_OPTIONS } from '../../../src/engine/options/shapes.js';
import { editDistance, nearest } from '../../../src/spec/nearest.js';
import { requireShape, type Shape } from '../../../src/spec/shape.js';

/** The sentence that refuses these options; undefined if none does. */
function refusal(options: unknown, shape: Shape = CREATE_OPTIONS): string | undefined {
  try {
    requireShape('createContainer', shape, options);
    return undefined;
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_INVALID_ARGUMENT')) throw error;
    return error.message;
  }
}

describe('the words nearest to another', () => {
  it.each([
    ['memory', 'memory', 0],
    ['memroy', 'memory', 1],
    ['Memory', 'memory', 0],
    ['cpuShare', 'cpuShares', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('are counted: %s and %s differ by %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });

  it('are not those of which half is another', () => {
    expect(nearest('dns', ['env', 'cwd'])).toBeUndefined();
    expect(nearest('enviroment', ['environment', 'env'])).toBe('environment');
  });
});

describe('options', () => {
  it.each<[unknown, RegExp]>([
    [{ resourcs: {} }, /there is no option "resourcs"; did you mean resources\?$/],
    [{ resources: { memroy: 1 } }, /there is no option "memroy" of resources; did you mean memory\?$/],
    [{ memory: 1 }, /there is no option "memory"; did you mean resources\.memory\?$/],
    [{ memroy: 1 }, /there is no option "memroy"; did you mean resources\.memory\?$/],
    [{ namespaces: { net: 'host' } }, /there is no option "net" of namespaces; /],
    [{ namespaces: { pid: { contaner: 'a' } } }, /"contaner" of namespaces\.pid; did you mean container\?$/],
    [{ mounts: [{ destination: '/a', optoins: [] }] }, /"optoins" of mounts\[0\]; did you mean options\?$/],
    [{ ulimits: [{ name: 'core', soft: 0, hrad: 0 }] }, /"hrad" of ulimits\[0\]; did you mean hard\?$/],
    [{ hostDevices: [{ pth: '/dev/null' }] }, /"pth" of hostDevices\[0\]; did you mean path\?$/],
    [{ cgroupsPath: '/' }, /there is no option "cgroupsPath"; leave it out$/],
    [{ constructor: 1 }, /there is no option "constructor"/],
    [JSON.parse('{ "__proto__": 1 }'), /there is no option "__proto__"/],
    [{ 'a\nb': 1 }, /there is no option "a\\nb"/],
    [{ resources: { memory: '64m' } }, /resources\.memory is "64m", but must be a number$/],
    [{ resources: null }, /resources is null, but must be an object$/],
    [{ privileged: 'yes' }, /privileged is "yes", but must be true or false$/],
    [{ capAdd: 'NET_ADMIN' }, /capAdd is "NET_ADMIN", but must be a list$/],
    [{ capAdd: [1] }, /capAdd\[0\] is 1, but must be a string$/],
    [{ env: ['A=1'] }, /env is an array, but must be an object$/],
    [{ env: { A: 1 } }, /env\.A is 1, but must be a string$/],
    [{ labels: { 'a.b': true } }, /labels\["a\.b"\] is true, but must be a string$/],
    [{ mounts: [{ type: 'tmpfs' }] }, /mounts\[0\] has no destination, which it needs$/],
    [{ namespaces: { pid: 'shared' } }, /namespaces\.pid is "shared", but must be "private", "host", /],
    [{ namespaces: { pid: { container: 7 } } }, /namespaces\.pid\.container is 7, but must be a string$/],
    [{ ulimits: 'none' }, /ulimits is "none", but must be a list, or "host"$/],
    [{ logDriver: 'syslog' }, /logDriver is "syslog", but must be /],
    [{ stopSignal: true }, /stopSignal is true, but must be a name or a number$/],
    [{ seccomp: 'none' }, /seccomp is "none", but must be "default", "unconfined" or a profile$/],
    [undefined, /the options is undefined, but must be an object$/],
    [[], /must be an object$/],
  ])('%j are refused', (options, sentence) => {
    expect(refusal(options)).toMatch(sentence);
    expect(refusal(options)).toMatch(/^createContainer: /);
  });

  it('that are undefined count as absent', () => {
    expect(refusal({ resources: undefined, mounts: undefined, env: { A: undefined } })).toBeUndefined();
  });

  it('of the runtime are checked as well', () => {
    expect(refusal({ rot: '/a' }, RUNTIME_OPTIONS)).toMatch(/"rot"; did you mean root\?$/);
  });
});
