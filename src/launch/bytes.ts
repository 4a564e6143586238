import { LibpodError } from '../base/errors.js';
import type { ArgumentType } from './instructions.js';

/** The value of an argument, by its type. */
export type ArgumentValue = number | bigint | string | Uint8Array | readonly string[] | readonly number[];

/** Writes little-endian values one after the other: the layout of docs/launch-program.md. */
export class ByteWriter {
  #buffer: Buffer = Buffer.allocUnsafe(32 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Makes room, perhaps in another buffer: callers must not have looked at the buffer before. */
  #reserve(count: number): number {
    const at = this.#size;
    if (at + count > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, at + count));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#size += count;
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer.writeUInt8(value, at);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16LE(value, at);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32LE(value, at);
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** A NUL would end the string early in the kernel's eyes, so it is refused. */
  string(value: string): void {
    if (value.includes('\0')) {
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${JSON.stringify(value)} has a NUL character, which no path or argument may have`,
      );
    }
    // Room for the longest encoding first, so that the text is walked once: three bytes a UTF-16 unit at most.
    const at = this.#reserve(4 + value.length * 3 + 1);
    const length = this.#buffer.write(value, at + 4);
    this.#buffer.writeUInt32LE(length, at);
    this.#buffer[at + 4 + length] = 0;
    this.#size = at + 4 + length + 1;
  }

  /** Writes an argument by its type. */
  argument(type: ArgumentType, value: ArgumentValue): void {
    switch (type) {
      case 'u32':
        return this.u32(value as number);
      case 'u64': {
        const at = this.#reserve(8);
        this.#buffer.writeBigUInt64LE(value as bigint, at);
        return;
      }
      case 'i64': {
        const at = this.#reserve(8);
        this.#buffer.writeBigInt64LE(value as bigint, at);
        return;
      }
      case 'string':
        return this.string(value as string);
      case 'bytes':
        return this.bytes(value as Uint8Array);
      case 'strings':
        this.u32((value as readonly string[]).length);
        for (const item of value as readonly string[]) this.string(item);
        return;
      case 'u32s':
        this.u32((value as readonly number[]).length);
        for (const item of value as readonly number[]) this.u32(item);
        return;
      default:
        return type satisfies never;
    }
  }

  /** Fills in a 32-bit value that was written before its content was known. */
  patchU32(at: number, value: number): void {
    this.#buffer.writeUInt32LE(value, at);
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }
}

/** Reads what ByteWriter wrote. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#buffer.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.left) throw new RangeError('the bytes end early');
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  /** A view of the bytes, not a copy. */
  bytes(): Buffer {
    const size = this.u32();
    const at = this.#take(size);
    return this.#buffer.subarray(at, at + size);
  }

  string(): string {
    const size = this.u32();
    const at = this.#take(size + 1);
    return this.#buffer.toString('utf8', at, at + size);
  }

  argument(type: ArgumentType): ArgumentValue {
    switch (type) {
      case 'u32':
        return this.u32();
      case 'u64':
        return this.#buffer.readBigUInt64LE(this.#take(8));
      case 'i64':
        return this.#buffer.readBigInt64LE(this.#take(8));
      case 'string':
        return this.string();
      case 'bytes':
        return this.bytes();
      case 'strings':
        return Array.from({ length: this.u32() }, () => this.string());
      case 'u32s':
        return Array.from({ length: this.u32() }, () => this.u32());
      default:
        return type satisfies never;
    }
  }
}
