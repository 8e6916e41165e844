import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually.ts';

/** Long enough that a backend that goes without a word is sent some requests before it is noticed. */
const POLL_MILLISECONDS = 250;

/**
 * A load balancer as they are: spreads requests over those backends that /readyz says are ready, keeps its connections to
 * them, passes WebSockets on, and tries nothing a second time.
 */
export interface Balancer {
  readonly url: string;
  /** Requests that got no answer from their backend, by what went wrong. */
  readonly lost: readonly string[];
  /** How many requests each backend has been given. */
  readonly given: ReadonlyMap<string, number>;
  add(backend: string): void;
  remove(backend: string): void;
  /** Resolves when it sends the backend nothing, or something, any more. */
  whenReady(backend: string, isReady: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const backends = new Map<string, { isReady: boolean; polls: number }>();
  const given = new Map<string, number>();
  const lost: string[] = [];
  const tunnels = new Set<Socket>();
  let turn = 0;
  const next = () => {
    const ready = [...backends].flatMap(([url, { isReady }]) => (isReady ? [url] : []));
    turn += 1;
    const backend = ready[turn % ready.length];
    if (backend !== undefined) given.set(backend, (given.get(backend) ?? 0) + 1);
    return backend;
  };
  const forward = (request: IncomingMessage, response: ServerResponse) => {
    const backend = next();
    const fail = (why: string) => {
      lost.push(why);
      response.destroy();
    };
    if (backend === undefined) return fail('no backend is ready');
    const { method, url, headers } = request;
    const forwarded = send(`${backend}${url}`, { agent, method: method ?? 'GET', headers }, (answer) => {
      const { connection: _connection, ...kept } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, kept);
      answer.once('error', (error) => fail(`in the answer of ${backend}: ${error.message}`)).pipe(response);
    });
    request.pipe(forwarded.once('error', (error) => fail(`${backend}: ${error.message}`)));
  };
  const server = createServer(forward);
  server.on('upgrade', ({ url, rawHeaders }: IncomingMessage, client: Socket, head: Buffer) => {
    const backend = next();
    if (backend === undefined) return void client.destroy(void lost.push('no backend is ready for a WebSocket'));
    const { port, hostname } = new URL(backend);
    const upstream = connect(Number(port), hostname, () => {
      const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
      upstream.write(`GET ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      tunnels.add(end);
      end.on('error', () => other.destroy()).once('close', () => tunnels.delete(end));
    }
  });
  const stopped = new AbortController();
  const poll = async () => {
    while (!stopped.signal.aborted) {
      for (const [url, state] of backends) {
        const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } }).catch(() => null);
        const body = await answer?.text();
        // One whose database is slow on a busy machine, of which nothing is to be learned here, keeps what it was.
        if (answer?.status === 200) state.isReady = true;
        else if (body === undefined || body.includes('ENDING')) state.isReady = false;
        state.polls += 1;
      }
      await delay(POLL_MILLISECONDS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const polling = poll();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost,
    given,
    add: (backend) => void backends.set(backend, { isReady: false, polls: 0 }),
    remove: (backend) => void backends.delete(backend),
    async whenReady(backend, isReady) {
      const state = backends.get(backend);
      if (state === undefined) throw new Error(`${backend} is no backend.`);
      await eventually(() => {
        if (state.isReady !== isReady) throw new Error(`${backend} is ${state.isReady ? '' : 'not '}ready.`);
      });
      // What was sent before has been read by then: it stands before these in the backend's queue of events.
      const enough = state.polls + 2;
      await eventually(() => {
        if (state.polls < enough) throw new Error('It has not been asked again.');
      });
    },
    async close() {
      stopped.abort();
      await polling;
      agent.destroy();
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
