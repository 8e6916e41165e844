import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type BareConnectionOptions,
  type BareConnections,
  type ClientConnection,
  startBareConnections,
} from '../../support/bare-connections.ts';
import { eventually } from '../../support/eventually.ts';
import { HeldClock } from '../../support/held-clock.ts';

/** More than the system keeps of a connection for a peer that does not read. */
const LARGE_ANSWER = Buffer.alloc(64_000_000, 'x');
const NEVER = 3_600_000;
/** By the clock of the test, which goes when what is to be looked at is there; heads are Node's, and have its clock. */
const LIMITS = {
  checkMilliseconds: 5,
  headMilliseconds: NEVER,
  bodyMilliseconds: 50,
  minBodyBytes: 1_000,
  idleMilliseconds: 50,
  responseMilliseconds: 50,
};

const started: BareConnections[] = [];
let clock = new HeldClock();

afterEach(async () => {
  clock.stop();
  clock = new HeldClock();
  for (const each of started.splice(0)) await each.close();
});

async function start({ limits, ...options }: Omit<BareConnectionOptions, 'now'>): Promise<BareConnections> {
  const bare = await startBareConnections({ ...options, limits: { ...LIMITS, ...limits }, now: clock.now });
  started.push(bare);
  return bare;
}

/** Answers with the path, once the body is there. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  request.resume().once('end', () => response.end(request.url));
}

function manyOf(bare: BareConnections, count: number): Promise<ClientConnection[]> {
  return Promise.all(Array.from({ length: count }, () => bare.connect()));
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

describe('a connection that does nothing is ended:', () => {
  test('connections with half-sent headers, and connections that send nothing, are closed', async () => {
    const bare = await start({ answer: echo, limits: { headMilliseconds: 50 } });
    const clients = await manyOf(bare, 200);
    for (const { socket } of clients.slice(100)) socket.write('GET / HTTP/1.1\r\nhost: loc');
    await Promise.all(clients.map(({ closed }) => closed));
    // One whose half of a head came too late for the server has sent nothing.
    for (const { text } of clients.slice(100)) expect(text()).toMatch(/^(?:$|HTTP\/1\.1 408 )/);
  });

  /** Counts the requests that have begun, beside answering them. */
  const counted = (answer: BareConnectionOptions['answer']) => {
    const begun: IncomingMessage[] = [];
    return {
      begun,
      answer: (request: IncomingMessage, response: ServerResponse) => {
        begun.push(request);
        answer(request, response);
      },
    };
  };

  test('connections that announce a body and send six bytes of it are closed', async () => {
    const { begun, answer } = counted(echo);
    const bare = await start({ answer });
    const clients = await manyOf(bare, 100);
    for (const { socket } of clients) {
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60000\r\n\r\nsix by');
    }
    await eventually(() => expect(begun).toHaveLength(100));
    clock.go();
    await Promise.all(clients.map(({ closed }) => closed));
  });

  test('a connection whose body arrives at a few bytes per second is closed', async () => {
    const { begun, answer } = counted(echo);
    const bare = await start({ answer, limits: { minBodyBytes: 1_000_000 } });
    const { socket, closed } = await bare.connect();
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6000000\r\n\r\n');
    await eventually(() => expect(begun).toHaveLength(1));
    const trickle = setInterval(() => socket.write('x'), 5);
    clock.go();
    await closed;
    clearInterval(trickle);
  });

  test('a connection whose request was answered before its body arrived is closed', async () => {
    const bare = await start({ answer: (_request, response) => void response.end('no') });
    const { socket, text, closed } = await bare.connect();
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6000000\r\n\r\n');
    await eventually(() => expect(text()).toMatch(/no$/));
    clock.go();
    await closed;
  });

  test('connections that request a large response and do not read it are closed', async () => {
    const { begun, answer } = counted((_request, response) => void response.end(LARGE_ANSWER));
    const bare = await start({ answer, limits: { idleMilliseconds: NEVER } });
    const clients = await manyOf(bare, 100);
    for (const { socket } of clients) socket.pause().write(get('/'));
    await eventually(() => expect(begun).toHaveLength(100));
    clock.go();
    // Those that do not read do not notice it either.
    await eventually(async () => expect(await bare.count()).toBe(0));
  });

  test('a connection that sends empty lines instead of a next request is closed', async () => {
    const bare = await start({ answer: echo });
    const { socket, text, closed } = await bare.connect();
    socket.write(get('/'));
    await eventually(() => expect(text()).toMatch(/\/$/));
    const lines = setInterval(() => socket.write('\r\n'), 5);
    clock.go();
    await closed;
    clearInterval(lines);
  });
});

test('a connection is not closed while it waits for the server, for a response or for its body to be read', async () => {
  const held = new Map<string | undefined, { request: IncomingMessage; release: () => void }>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/idle') response.end();
    else held.set(request.url, { request, release: () => echo(request, response) });
  };
  const bare = await start({ answer });
  const [slow, upload] = await manyOf(bare, 2);
  slow?.socket.write(get('/slow'));
  upload?.socket.write(post('/upload', 'x'.repeat(500_000)));
  await eventually(() => {
    expect(held.has('/slow')).toBe(true);
    expect(held.get('/upload')?.request.readableLength).toBeGreaterThan(0);
  });
  clock.go();
  // All of these come later, and are ended one after the other.
  for (let round = 0; round < 3; round += 1) {
    const other = await bare.connect();
    other.socket.write(get('/idle'));
    await other.closed;
  }
  clock.stop();
  for (const { release } of held.values()) release();
  await eventually(() => {
    expect(slow?.text()).toContain('/slow');
    expect(upload?.text()).toContain('/upload');
  });
});

test('connections beyond the limit of an address are answered with 429 until one of them closes', async () => {
  const bare = await start({ answer: echo, maxPerAddress: 3 });
  const [first] = await manyOf(bare, 3);
  const refused = await bare.connect();
  refused.socket.write(get('/'));
  await refused.closed;
  expect(refused.text()).toMatch(/^HTTP\/1\.1 429 /);
  first?.socket.destroy();
  await eventually(async () => {
    const next = await bare.connect();
    next.socket.write(get('/next'));
    await once(next.socket, 'data');
    expect(next.text()).toContain('/next');
  });
});

describe('a body in chunks', () => {
  const head = (path: string, type = 'application/json') =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunks = (count: number, bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`.repeat(count);
  const END = '0\r\n\r\n';

  test('a body of thousands of tiny chunks is cut off before all of them are processed', async () => {
    let pieces = 0;
    const answer = (request: IncomingMessage) => {
      request.on('data', () => {
        pieces += 1;
      });
    };
    const bare = await start({ answer });
    for (const [bytes, type] of [
      [1, 'application/json'],
      [63, 'application/json'],
      [7, 'multipart/form-data; boundary=x'],
    ] as const) {
      pieces = 0;
      const { socket, text, closed } = await bare.connect();
      socket.write(head('/', type) + chunks(20_000, bytes) + END);
      await closed;
      expect(text()).toBe('');
      expect(pieces).toBeLessThanOrEqual(1_000);
    }
  });

  test('a body may have a thousand small chunks, any number of larger ones, and a form may be sent line by line', async () => {
    const bare = await start({ answer: echo });
    for (const [path, body, type] of [
      ['/small', chunks(1_000, 1), 'application/json'],
      ['/large', chunks(20_000, 100), 'application/json'],
      ['/file', chunks(20_000, 10), 'multipart/form-data; boundary=x'],
    ] as const) {
      const { socket, text } = await bare.connect();
      socket.write(head(path, type) + body + END);
      await eventually(() => expect(text()).toContain(path));
    }
  });
});

describe('requests that are sent before the first is answered', () => {
  test('pipelined requests are handled one at a time, in order, and other connections are served in between', async () => {
    const begun: string[] = [];
    const held: (() => void)[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      begun.push(String(request.url));
      if (request.url === '/other') response.end('other');
      else held.push(() => echo(request, response));
    };
    const bare = await start({ answer });
    const client = await bare.connect();
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`);
    client.socket.write(paths.map((path) => post(path, 'x'.repeat(10_000))).join(''));
    for (const path of paths) {
      await eventually(() => expect(held).toHaveLength(1));
      const other = await bare.connect();
      other.socket.write(get('/other'));
      await eventually(() => expect(other.text()).toContain('other'));
      expect(begun.filter((each) => each !== '/other').at(-1)).toBe(path);
      held.shift()?.();
    }
    await eventually(() => expect(client.text().match(/\r\n\r\n\/\d+/g)).toHaveLength(50));
    expect(begun.filter((each) => each !== '/other')).toEqual(paths);
  });

  test('thousands of pipelined requests close the connection before any of them is handled', async () => {
    let begun = 0;
    const bare = await start({
      answer: () => {
        begun += 1;
      },
    });
    const client = await bare.connect();
    client.socket.write(Array.from({ length: 20_000 }, () => post('/', '{}')).join(''));
    await client.closed;
    expect(begun).toBe(1);
  });
});

describe('the end in order', () => {
  test('while draining, the server accepts new requests, and every response closes its connection', async () => {
    const held: (() => void)[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/held') held.push(() => response.end('held'));
      else response.end('at once');
    };
    const bare = await start({ answer });
    const [inFlight, kept] = await manyOf(bare, 2);
    inFlight?.socket.write(get('/held'));
    kept?.socket.write(get('/'));
    await eventually(() => expect([held.length, kept?.text()]).toEqual([1, expect.stringContaining('keep-alive')]));
    bare.connections.drain();
    const late = await bare.connect();
    for (const client of [late, kept]) client?.socket.write(get('/'));
    held[0]?.();
    for (const client of [inFlight, kept, late]) {
      await client?.closed;
      expect(client?.text()).toContain('Connection: close');
    }
  });

  test('a closing server accepts no connections, closes idle ones, and waits for requests in flight', async () => {
    const held: (() => void)[] = [];
    const bare = await start({ answer: (_request, response) => void held.push(() => response.end(LARGE_ANSWER)) });
    const [inFlight, silent] = await manyOf(bare, 2);
    inFlight?.socket.write(get('/'));
    await eventually(() => expect(held).toHaveLength(1));
    const closed = bare.connections.close(NEVER);
    await silent?.closed;
    await expect(bare.connect()).rejects.toThrow('ECONNREFUSED');
    held[0]?.();
    await inFlight?.closed;
    expect(inFlight?.text().length).toBeGreaterThan(LARGE_ANSWER.length);
    await closed;
  });

  test('requests still in flight after the shutdown timeout are aborted', async () => {
    const bare = await start({ answer: () => undefined });
    const client = await bare.connect();
    client.socket.write(get('/'));
    await bare.connections.close(20);
    await client.closed;
    expect(client.text()).toBe('');
  });
});
