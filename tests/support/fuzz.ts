import { connect } from 'node:net';
import fc from 'fast-check';
import { madePayload } from './made-documents.ts';
import type { AnswerError } from './test-client.ts';
import { TRANSPORTS } from './transports.ts';

/** What came back from what was sent. */
export interface FuzzReport {
  readonly sent: number;
  /** How often each error code was answered, or how often connections ended in each way. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Answers that no client should get; a few of them, with what was sent. */
  readonly faults: readonly string[];
}

/** What belongs to the inside of the server: stacks, statements, paths, and what PostgreSQL and drivers say. */
const INSIDE =
  /\bat .+:\d+:\d+|node_modules|\.ts:\d|\/(?:src|dist|home|tmp|var|work)\/|Failed query|\bselect .+ from |relation "|PostgresError|ECONN/i;

const MAX_FAULTS = 10;
const AT_ONCE = 10;

/** Sends made-up operations over all transports in turn. */
export async function fuzzDocuments(
  url: string,
  token: string | null,
  count: number,
  seed: number,
): Promise<FuzzReport> {
  const payloads = fc.sample(madePayload, { numRuns: count, seed });
  return await inTurn(payloads, async (payload, index) => {
    const transport = TRANSPORTS[index % TRANSPORTS.length] ?? TRANSPORTS[0];
    if (transport === undefined) throw new Error('There is no transport.');
    const { data, errors } = await transport.send(url, token, payload);
    const codes = errors.map(({ extensions }) => extensions.code);
    return { outcome: codes[0] ?? 'no error', fault: faultOf(data, errors) };
  });
}

function faultOf(data: unknown, errors: readonly AnswerError[]): string | null {
  for (const { message, extensions } of errors) {
    if (extensions.code === 'INTERNAL_SERVER_ERROR') return 'an internal error';
    if (!extensions.requestId) return 'an error without the id of its request';
    if (INSIDE.test(JSON.stringify([message, { ...extensions, requestId: '' }]))) {
      return `tells of the inside: ${message}`;
    }
  }
  return data === null && errors.length === 0 ? 'neither data nor an error' : null;
}

const UPGRADE = [
  'GET /graphql HTTP/1.1',
  'host: localhost',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  `sec-websocket-key: ${Buffer.alloc(16, 1).toString('base64')}`,
  'sec-websocket-protocol: graphql-transport-ws',
  '\r\n',
].join('\r\n');

/** A frame, whose head need not fit its payload. */
const frame = fc
  .record({
    first: fc.integer({ min: 0, max: 255 }),
    isText: fc.boolean(),
    isMasked: fc.boolean(),
    isHonest: fc.boolean(),
    length: fc.integer({ min: 0, max: 127 }),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          id: fc.oneof(fc.string({ maxLength: 5 }), fc.constant(5)),
          type: fc.constantFrom(
            'connection_init',
            'subscribe',
            'complete',
            'ping',
            'pong',
            'next',
            'error',
            '__proto__',
          ),
          payload: fc.oneof(fc.constant({ query: '{__typename}' }), fc.constant({}), fc.jsonValue({ maxDepth: 1 })),
        })
        .map((message) => Buffer.from(JSON.stringify(message))),
    ),
  })
  .map(({ first, isText, isMasked, isHonest, length, payload }) => {
    const shown = isHonest ? Math.min(payload.length, 125) : length;
    const head = Buffer.from([isText ? 0x81 : first, (isMasked ? 0x80 : 0) | shown]);
    // A mask of zeros changes nothing.
    return Buffer.concat([
      head,
      isMasked ? Buffer.alloc(4) : Buffer.alloc(0),
      payload.subarray(0, isHonest ? 125 : undefined),
    ]);
  });

const frames = fc.array(frame, { minLength: 1, maxLength: 5 });

/** Opens WebSockets, and sends made-up bytes on each until the server, or the client, closes it. */
export async function fuzzFrames(url: string, count: number, seed: number): Promise<FuzzReport> {
  return await inTurn(fc.sample(frames, { numRuns: count, seed }), async (sent, index) => {
    const received = await exchange(url, Buffer.concat(sent), index);
    const isOpened = received.startsWith('HTTP/1.1 101');
    const fault = !isOpened
      ? `no upgrade: ${received.slice(0, 40)}`
      : INSIDE.test(received)
        ? 'tells of the inside'
        : null;
    return { outcome: isOpened ? 'opened' : 'refused', fault };
  });
}

/** Everything that the server sends until the connection is closed. Every other connection dies without a word. */
function exchange(url: string, bytes: Buffer, index: number): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(UPGRADE));
    socket.on('data', (chunk: Buffer) => {
      const isFirst = received === '';
      received += chunk.toString('latin1');
      if (!isFirst) return;
      // A ping at the end: whatever the server made of the rest, it answers, or closes.
      socket.write(Buffer.concat([bytes, Buffer.from([0x89, 0x80, 0, 0, 0, 0])]), () => {
        if (index % 2 === 0) socket.destroy();
        else socket.end();
      });
    });
    socket
      .once('close', () => resolve(received))
      .once('error', (error) => (received === '' ? reject(error) : resolve(received)));
  });
}

async function inTurn<Item>(
  items: readonly Item[],
  send: (item: Item, index: number) => Promise<{ outcome: string; fault: string | null }>,
): Promise<FuzzReport> {
  const outcomes = new Map<string, number>();
  const faults: string[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) return;
      const { outcome, fault } = await send(item, index);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (fault !== null && faults.length < MAX_FAULTS) faults.push(`${fault}: ${JSON.stringify(item).slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { sent: items.length, outcomes, faults };
}
