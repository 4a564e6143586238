import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { LibpodError } from '../base/errors.js';
import { MessageDecoder, encodeMessage } from './codec.js';
import type { MonitorMessage } from './messages.js';

/** The largest piece of a program or of input in one frame; a monitor refuses frames over 64 KiB. */
export const PIECE = 32 * 1024;

/**
 * Reads messages out of what comes over a socket.
 *
 * @param dispatch called with each
 * @param fail called with what is wrong with one, or with what `dispatch` threw; nothing is to be read after it
 * @returns what takes the pieces
 */
export function messageReader(
  dispatch: (message: MonitorMessage) => void,
  fail: (error: LibpodError) => void,
): (piece: Buffer) => void {
  const decoder = new MessageDecoder();
  return (piece) => {
    try {
      for (const message of decoder.push(piece)) dispatch(message);
    } catch (error) {
      fail(
        error instanceof LibpodError
          ? error
          : new LibpodError('ERR_MONITOR', String(error), { cause: error }),
      );
    }
  };
}

/**
 * A stream into the stdin of what runs; ending it ends that, and it has finished when all has left this process, which may
 * end then. What is written to a connection that is gone is dropped, as a closed pipe would have it.
 *
 * @param gone whether the connection is
 */
export function inputStream(socket: Socket, gone: () => boolean): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      let room = true;
      for (let at = 0; at < chunk.length && !gone(); at += PIECE)
        room = socket.write(encodeMessage({ type: 'stdin', data: chunk.subarray(at, at + PIECE) }));
      if (room || gone()) {
        done();
        return;
      }
      const go = (): void => {
        socket.off('drain', go).off('close', go);
        done();
      };
      socket.on('drain', go).on('close', go);
    },
    final: (done) => {
      if (gone()) done();
      else socket.write(encodeMessage({ type: 'stdin-close' }), () => done());
    },
  });
}
