import type { IncomingMessage } from 'node:http';
import type { WebSocket, WebSocketServer } from 'ws';
import { pauseSocket, resumeSocket } from '../connections/socket-pauses.ts';

/** How much a peer may leave unread, and for how long. */
export interface BackpressureLimits {
  /** Beyond so much, nothing more is read from the peer either: every message of its may bring an answer. */
  readonly maxBytes: number;
  /** A peer that takes not a byte of what waits for it is cut off after this time. */
  readonly maxMilliseconds: number;
}

/** A megabyte is more than the largest progress message; keep-alive, which asks for an answer, gives up after 24 s too. */
export const BACKPRESSURE_LIMITS: BackpressureLimits = { maxBytes: 1_048_576, maxMilliseconds: 20_000 };

/** What was last seen of a peer that does not read. */
interface Stall {
  readonly taken: number;
  readonly since: number;
}

/**
 * Bounds what the process holds for peers that do not read. A subscription waits for its message to be taken before it
 * asks for the next one; what a peer's own messages are answered with is bounded by not reading them. Returns how to end it.
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
  const look = (socket: WebSocket) => {
    const connection = connections.get(socket);
    if (socket.bufferedAmount <= maxBytes / 2) resumeSocket(socket, 'UNREAD');
    if (connection === undefined || socket.bufferedAmount === 0) return void stalls.delete(socket);
    // What was given to the connection, less what still waits in it.
    const taken = connection.bytesWritten - connection.writableLength;
    const stall = stalls.get(socket);
    if (stall?.taken !== taken) stalls.set(socket, { taken, since: performance.now() });
    else if (performance.now() - stall.since > maxMilliseconds) socket.terminate();
  };
  const timer = setInterval(() => sockets.clients.forEach(look), Math.min(1_000, maxMilliseconds / 4)).unref();
  return () => clearInterval(timer);
}
