import type { WebSocket } from 'ws';

/** Why nothing is read from a socket for a while. */
export type PauseReason = 'UNREAD' | 'RATE' | 'CLOSING';

const reasons = new WeakMap<WebSocket, Set<PauseReason>>();

/** Reads nothing more from a socket until the reason is gone. */
export function pauseSocket(socket: WebSocket, reason: PauseReason): void {
  const held = reasons.get(socket) ?? new Set();
  reasons.set(socket, held.add(reason));
  socket.pause();
}

/** Takes a reason back: reads on, unless there is another one. */
export function resumeSocket(socket: WebSocket, reason: PauseReason): void {
  const held = reasons.get(socket);
  if (held?.delete(reason) === true && held.size === 0) socket.resume();
}
