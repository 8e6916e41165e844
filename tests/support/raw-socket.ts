import WebSocket from 'ws';
import type { AnswerError } from './test-client.ts';

/** A message of the graphql-transport-ws protocol. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A socket that speaks the protocol message by message. */
export interface RawSocket {
  send(message: SocketMessage | string): void;
  /** The next message; waits for it. Rejects when the socket is closed first. */
  next(): Promise<SocketMessage>;
  /** Sends an operation and gives the first message about it. */
  ask(id: string, payload: object): Promise<SocketMessage>;
  readonly isOpen: boolean;
  /** How the socket was closed, once it is. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Ends the connection without a word. */
  terminate(): void;
}

export interface RawSocketOptions {
  readonly origin?: string;
  readonly path?: string;
  readonly cookie?: string;
}

/** Opens a socket; rejects where the server refuses the upgrade. */
export async function openSocket(
  url: string,
  { origin, path = '/graphql', cookie }: RawSocketOptions = {},
): Promise<RawSocket> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, 'graphql-transport-ws', {
    ...(origin === undefined ? {} : { origin }),
    ...(cookie === undefined ? {} : { headers: { cookie } }),
  });
  const received: SocketMessage[] = [];
  let wake: () => void = () => undefined;
  socket.on('message', (data: Buffer) => {
    received.push(JSON.parse(data.toString()) as SocketMessage);
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const send = (message: SocketMessage | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const next = async () => {
    for (;;) {
      const message = received.shift();
      if (message) return message;
      if (socket.readyState >= WebSocket.CLOSING) throw new Error('The socket was closed.');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    send,
    next,
    async ask(id, payload) {
      send({ id, type: 'subscribe', payload });
      const others: SocketMessage[] = [];
      for (;;) {
        const message = await next();
        if (message.id !== id) others.push(message);
        else {
          // Whatever was said of other operations meanwhile comes next.
          received.unshift(...others);
          return message;
        }
      }
    },
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    closed,
    terminate: () => socket.terminate(),
  };
}

/** Opens a socket and introduces itself. */
export async function openSession(url: string, connectionParams: object = {}): Promise<RawSocket> {
  const socket = await openSocket(url);
  socket.send({ type: 'connection_init', payload: connectionParams });
  const { type } = await socket.next();
  if (type !== 'connection_ack') throw new Error(`The server answered ${type}.`);
  return socket;
}

/** The errors of a message that refuses or answers an operation. */
export function errorsOf({ payload }: SocketMessage): readonly AnswerError[] {
  return Array.isArray(payload)
    ? (payload as AnswerError[])
    : ((payload as { errors?: AnswerError[] } | undefined)?.errors ?? []);
}
