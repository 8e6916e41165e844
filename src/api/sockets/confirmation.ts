import type { WebSocket } from 'ws';

/** A token is chosen by the client, and is only sent back. */
const MAX_TOKEN_LENGTH = 100;

/**
 * Tells a client that asked for it, by `extensions: { confirm: TOKEN }` of its subscribe message, that its subscription stands:
 * whatever happens from now on is told. What it reads after that and what it is told leave nothing out. The protocol has no such
 * message, but lets a ping have a payload, `{ confirmed: TOKEN }`.
 */
export function confirmSubscription(
  socket: WebSocket,
  { extensions }: { readonly extensions?: Readonly<Record<string, unknown>> | null | undefined },
): void {
  const token = extensions?.['confirm'];
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'ping', payload: { confirmed: token } }));
}
