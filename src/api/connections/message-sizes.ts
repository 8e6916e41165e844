import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { closeSocket } from '../sockets/close-codes.ts';
import { TolerantSocket } from '../sockets/tolerant-socket.ts';

/** The size of the message that is being handled. */
export interface MessageSizes {
  /** The size of the latest message of a socket: the current one, until the first await. */
  latestOf(socket: WebSocket): number;
}

/**
 * Records the sizes of messages, and closes sockets whose message is too large. Must be registered before the handler of
 * messages: responses to a closing socket are dropped.
 */
export function trackMessageSizes(sockets: WebSocketServer, maxBytes: (socket: WebSocket) => number): MessageSizes {
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
