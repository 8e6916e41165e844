import { connect } from 'node:net';
import type { AnswerError } from './test-client.ts';

/** A connection on which a test says exactly what it wants. */
export interface RawConnection {
  write(data: string): void;
  /** Drops the connection as a client does that goes away in the middle. */
  breakOff(): void;
  /** Resolves when the server begins to answer. */
  readonly firstByte: Promise<void>;
  /** What the server has sent by now. */
  soFar(): string;
  /** All that the server has sent, once the connection has ended. */
  readonly received: Promise<string>;
}

export function openRaw(url: string): RawConnection {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    write: (data) => void socket.write(data),
    breakOff: () => socket.destroy(),
    soFar: () => Buffer.concat(chunks).toString(),
    firstByte: new Promise((resolve) => socket.once('data', () => resolve())),
    received: new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', () => resolve(Buffer.concat(chunks).toString()));
    }),
  };
}

/** An answer taken apart. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly errors?: readonly AnswerError[]; readonly data?: unknown };
}

/** Sends one request, whose connection the server is to end after its answer. */
export async function sendRaw(url: string, request: string): Promise<RawAnswer> {
  const connection = openRaw(url);
  connection.write(request);
  return parseAnswer(await connection.received);
}

export function parseAnswer(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...headerLines] = received.slice(0, end).split('\r\n');
  const headers = headerLines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Headers(headers),
    body: JSON.parse(received.slice(end + 4)) as RawAnswer['body'],
  };
}
