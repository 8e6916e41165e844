import type { IncomingMessage } from 'node:http';
import type { WebSocket, WebSocketServer } from 'ws';
import { pauseSocket, resumeSocket } from '../connections/socket-pauses.ts';

/** Limits of unread data per peer. */
export interface BackpressureLimits {
  /** Above this, the socket is paused: each message of the peer may cause a response. */
  readonly maxBytes: number;
  /** A peer that reads nothing for this long is disconnected. */
  readonly maxMilliseconds: number;
}

/** A megabyte is more than the largest progress message; keep-alive pings time out after 24 s. */
export const BACKPRESSURE_LIMITS: BackpressureLimits = { maxBytes: 1_048_576, maxMilliseconds: 20_000 };

/** The state of a peer that does not read. */
interface Stall {
  readonly taken: number;
  readonly since: number;
}

/**
 * Limits the memory for peers that do not read. A subscription waits until its message is sent before it takes the next one;
 * responses to a peer's own messages are limited by pausing its socket. Returns a function that stops it.
 */
export function applyBackpressure(
  sockets: WebSocketServer,
  { maxBytes, maxMilliseconds }: BackpressureLimits,
): () => void {
  const stalls = new WeakMap<WebSocket, Stall>();
  const connections = new WeakMap<WebSocket, IncomingMessage['socket']>();
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    connections.set(socket, request.socket);
    socket.on('message', () => {
      if (socket.bufferedAmount > maxBytes) pauseSocket(socket, 'UNREAD');
    });
  });
  const check = (socket: WebSocket) => {
    const connection = connections.get(socket);
    if (socket.bufferedAmount <= maxBytes / 2) resumeSocket(socket, 'UNREAD');
    if (connection === undefined || socket.bufferedAmount === 0) return void stalls.delete(socket);
    // Bytes written to the connection, minus those still buffered in it.
    const taken = connection.bytesWritten - connection.writableLength;
    const stall = stalls.get(socket);
    if (stall?.taken !== taken) stalls.set(socket, { taken, since: performance.now() });
    else if (performance.now() - stall.since > maxMilliseconds) socket.terminate();
  };
  const timer = setInterval(() => sockets.clients.forEach(check), Math.min(1_000, maxMilliseconds / 4)).unref();
  return () => clearInterval(timer);
}
