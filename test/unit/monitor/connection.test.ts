import { createServer, Socket, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MonitorConnection } from '../../../src/monitor/connection.js';

describe('a connection to a monitor', () => {
  it('has ended as soon as its descriptor is closed, before anybody is told', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = new Socket().connect((server.address() as AddressInfo).port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const connection = new MonitorConnection(socket);
    expect(connection.ended).toBe(false);
    let told = false;
    void connection.closed.then(() => (told = true));
    socket.destroy();
    // Whoever sends a program by the number of the descriptor would send it to whatever has the number next.
    expect([connection.ended, told]).toEqual([true, false]);
    await connection.closed;
    server.close();
  });
});
