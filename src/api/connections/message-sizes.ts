import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { closeSocket } from '../sockets/close-codes.ts';
import { TolerantSocket } from '../sockets/tolerant-socket.ts';

/** Tells how large the message is that is being handled. */
export interface MessageSizes {
  /** The bytes of the latest message of a socket: of the one at hand, until something is waited for. */
  latestOf(socket: WebSocket): number;
}

/**
 * Watches over how large the messages of sockets are, and closes one with a larger message than it may send. Comes before
 * whoever handles the messages: what is sent on a socket that closes goes nowhere.
 */
export function watchMessageSizes(sockets: WebSocketServer, maxBytes: (socket: WebSocket) => number): MessageSizes {
  const latest = new WeakMap<WebSocket, number>();
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const bytes = sizeOf(socket, data);
      latest.set(socket, bytes);
      if (bytes > maxBytes(socket) && socket.readyState === socket.OPEN) closeSocket(socket, 1009, 'Message too large');
    });
  });
  return { latestOf: (socket) => latest.get(socket) ?? 0 };
}

function sizeOf(socket: WebSocket, data: RawData): number {
  if (socket instanceof TolerantSocket) return socket.receivedBytes;
  return Buffer.isBuffer(data) ? data.length : 0;
}
