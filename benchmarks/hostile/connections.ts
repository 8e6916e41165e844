import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { HostileOutcome, HostileRequest, HostileTarget } from './hostile-request.ts';

/** Longer than any flood below takes where nothing holds it up; where something does, it is held up for good. */
const MAX_FLOOD_MILLISECONDS = 10_000;

const HEALTH = JSON.stringify({ query: '{health{status}}' });

function pipelined(path: string, body: string, count: number): string {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  return `${head}content-length: ${body.length}\r\n\r\n${body}`.repeat(count);
}

/** Writes to bare connections; ends when the server has ended them, or after a time. Tells how many were ended. */
async function hold(
  { address: { host, port } }: HostileTarget,
  count: number,
  milliseconds: number,
  write: (socket: Socket) => void,
): Promise<HostileOutcome> {
  let ended = 0;
  let bytes = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, host, () => write(socket));
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket
      .on('error', () => undefined)
      .once('close', () => {
        ended += 1;
      });
    return socket;
  });
  const deadline = performance.now() + milliseconds;
  while (ended < count && performance.now() < deadline) await sleep(50);
  const answer = `${ended} of ${count} ended by the server`;
  for (const socket of sockets) socket.destroy();
  return { answer, bytes: Math.round(bytes / count) };
}

/** Sends so many messages over one WebSocket at once; ends when all are answered or it is closed, or after a time. */
async function flood(
  { url }: HostileTarget,
  count: number,
  send: (socket: WebSocket, index: number) => void,
): Promise<HostileOutcome> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  let answers = 0;
  let bytes = 0;
  let isOver = false;
  socket
    .on('error', () => undefined)
    .once('close', () => {
      isOver = true;
    });
  socket.on('pong', () => {
    answers += 1;
  });
  await new Promise<void>((resolve) => socket.once('open', resolve));
  socket.send('{"type":"connection_init"}');
  await new Promise<void>((resolve) => socket.once('message', () => resolve()));
  socket.on('message', (data: Buffer) => {
    answers += 1;
    bytes = Math.max(bytes, data.length);
  });
  for (let index = 0; index < count; index += 1) send(socket, index);
  const deadline = performance.now() + MAX_FLOOD_MILLISECONDS;
  while (!isOver && answers < count && performance.now() < deadline) await sleep(50);
  socket.terminate();
  return { answer: `${answers} answered in ${MAX_FLOOD_MILLISECONDS / 1_000} s`, bytes };
}

const subscribe = (query: string) => (socket: WebSocket, index: number) =>
  socket.send(JSON.stringify({ id: String(index), type: 'subscribe', payload: { query } }));

/** Many messages or requests on one connection, and connections that do nothing. */
export const CONNECTIONS: readonly HostileRequest[] = [
  {
    name: '100,000 pings over one WebSocket',
    send: (target) => flood(target, 100_000, (socket) => socket.ping()),
  },
  {
    name: '100,000 pings of the protocol over one WebSocket',
    send: (target) => flood(target, 100_000, (socket) => socket.send('{"type":"ping"}')),
  },
  {
    name: '5,000 invalid operations over one WebSocket',
    send: (target) => flood(target, 5_000, subscribe('{ nothing { of { the { schema } } } }')),
  },
  {
    name: '20,000 {health{status}} over one WebSocket',
    send: (target) => flood(target, 20_000, subscribe('{health{status}}')),
  },
  {
    name: '20,000 pipelined POSTs on one connection',
    send: (target) =>
      hold(target, 1, MAX_FLOOD_MILLISECONDS, (socket) => socket.write(pipelined('/graphql', HEALTH, 20_000))),
  },
  {
    name: '300 connections with half a head',
    send: (target) => hold(target, 300, 30_000, (socket) => socket.write('POST /graphql HTTP/1.1\r\nhost: loc')),
  },
  {
    name: '300 bodies of which six bytes come',
    send: (target) =>
      hold(target, 300, 50_000, (socket) => {
        const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
        socket.write(`${head}content-length: 900000\r\n\r\n{"quer`);
      }),
  },
  {
    name: '900 connections of one address',
    send: (target) => hold(target, 900, 5_000, (socket) => socket.write('GET /healthz HTTP/1.1\r\n')),
  },
  {
    name: '150 wrong passwords at once',
    send: async ({ url }) => {
      const query = 'mutation{signIn(input:{email:"attacked@example.com",password:"wrong horse"}){accessToken}}';
      const answers = Array.from({ length: 150 }, async () => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
        return await response.text();
      });
      const texts = await Promise.all(answers);
      const refused = texts.filter((text) => text.includes('RATE_LIMITED')).length;
      return { answer: `${refused} RATE_LIMITED`, bytes: Math.max(...texts.map(({ length }) => length)) };
    },
  },
];
