import { LibpodError } from '../base/errors.js';
import { ByteReader, ByteWriter, type ArgumentValue } from '../launch/bytes.js';
import { MESSAGES, type EngineMessage, type MessageName, type MonitorMessage } from './messages.js';

/** The longest frame that a monitor sends: a chunk of output and its header (native/monitor/connection.h). */
const MAX_FRAME = 64 * 1024;

const NAMES = new Map<number, MessageName>(
  Object.entries(MESSAGES).map(([name, { code }]) => [code, name as MessageName]),
);

/** Lays a message out as a frame: length (u32), type (u8), arguments. */
export function encodeMessage(message: EngineMessage | MonitorMessage): Uint8Array {
  const { code, args } = MESSAGES[message.type];
  const writer = new ByteWriter();
  writer.u32(0);
  writer.u8(code);
  const values = message as unknown as Record<string, ArgumentValue>;
  for (const [name, type] of args) writer.argument(type, values[name] as ArgumentValue);
  writer.patchU32(0, writer.size - 4);
  return writer.finish();
}

/** Cuts a stream of bytes into messages, wherever the pieces break. */
export class MessageDecoder {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Takes the next piece; yields the messages that are now whole. Data arguments are views of the pieces.
   *
   * @throws LibpodError ERR_MONITOR if the bytes break the protocol
   */
  *push(piece: Buffer): Generator<MonitorMessage> {
    let bytes = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    while (bytes.length >= 4) {
      const length = bytes.readUInt32LE(0);
      if (length === 0 || length > MAX_FRAME)
        throw new LibpodError('ERR_MONITOR', `the monitor sent a frame of ${length} bytes`);
      if (bytes.length < 4 + length) break;
      yield decode(bytes.subarray(4, 4 + length));
      bytes = bytes.subarray(4 + length);
    }
    this.#pending = bytes;
  }
}

function decode(frame: Buffer): MonitorMessage {
  const name = NAMES.get(frame[0] ?? 0);
  if (name === undefined)
    throw new LibpodError('ERR_MONITOR', `the monitor sent a message of unknown type ${frame[0]}`);
  const reader = new ByteReader(frame.subarray(1));
  const message: Record<string, unknown> = { type: name };
  try {
    for (const [argument, type] of MESSAGES[name].args) message[argument] = reader.argument(type);
  } catch (error) {
    throw new LibpodError('ERR_MONITOR', `the monitor sent a broken "${name}"`, { cause: error });
  }
  return message as unknown as MonitorMessage;
}
