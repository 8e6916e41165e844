import type { WebSocket } from 'ws';

/** Why a socket is paused. */
export type PauseReason = 'UNREAD' | 'RATE' | 'CLOSING';

const reasons = new WeakMap<WebSocket, Set<PauseReason>>();

/** Pauses a socket until the reason is removed. */
export function pauseSocket(socket: WebSocket, reason: PauseReason): void {
  const held = reasons.get(socket) ?? new Set();
  reasons.set(socket, held.add(reason));
  socket.pause();
}

/** Removes a reason; resumes the socket if there is no other one. */
export function resumeSocket(socket: WebSocket, reason: PauseReason): void {
  const held = reasons.get(socket);
  if (held?.delete(reason) === true && held.size === 0) socket.resume();
}
