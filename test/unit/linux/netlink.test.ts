import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributeList,
  bytes,
  decodeAttributes,
  decodeMessages,
  encodeAttributes,
  encodeMessage,
} from '../../../src/linux/network/netlink.js';
import { elementsOf, newElements } from '../../../src/linux/network/nftables.js';
import { linksOf, newVeth, routesOf } from '../../../src/linux/network/rtnetlink.js';

const data = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));

describe('netlink attributes and messages', () => {
  it('are the same after they were laid out and taken apart', () => {
    const attributes = fc.array(fc.tuple(fc.integer({ min: 0, max: 0x3fff }), data), { maxLength: 8 });
    fc.assert(
      fc.property(attributes, data, fc.integer({ min: 0, max: 0xffff }), (list, body, type) => {
        expect(attributeList(encodeAttributes(list))).toEqual(list);
        const message = encodeMessage(type, 0, body, list);
        expect(message.length % 4).toBe(0);
        const [one, two] = [...decodeMessages(Buffer.concat([message, message]))];
        expect(one).toEqual(two);
        expect(one?.type).toBe(type);
        const start = Math.ceil(body.length / 4) * 4;
        expect(attributeList(one?.content.subarray(start) as Buffer)).toEqual(list);
      }),
    );
  });

  it('of any bytes are taken apart without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        const messages = [...decodeMessages(Buffer.from(value))];
        linksOf(messages);
        routesOf(messages);
        attributeList(Buffer.from(value));
      }),
    );
  });

  it('nest', () => {
    const nested = decodeAttributes(encodeAttributes([[5, [[1, bytes.u32(7)]]]])).get(5) as Buffer;
    expect(decodeAttributes(nested).get(1)?.readUInt32LE()).toBe(7);
  });

  it('of a pair of interfaces end with the place of the PID', () => {
    const message = newVeth({
      name: 'veth0',
      master: 3,
      mtu: 1400,
      peer: { name: 'eth0', index: 2, mac: '02:00:00:00:00:01' },
    });
    expect(message.readUInt32LE(0)).toBe(message.length);
    expect(message.subarray(-8)).toEqual(Buffer.from([8, 0, 19, 0, 0, 0, 0, 0]));
  });

  it('of a set have their comment', () => {
    const element = { key: Buffer.from([1, 2, 3, 4]), data: Buffer.from([5, 6, 7, 8]), comment: 'owner' };
    expect(elementsOf([...decodeMessages(newElements('t', 's', [element]))])).toEqual([element]);
  });
});
