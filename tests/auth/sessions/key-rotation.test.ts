import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { signUpWith, tryRefresh } from '../../support/people.ts';
import { makeTokenKey, SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { NO_RATE_LIMITS, startTestServer, type TestServer } from '../../support/test-server.ts';

const [OLD, NEW] = [makeTokenKey(), makeTokenKey()];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
});

afterAll(() => server.close());

function startWith(keys: readonly string[]): Promise<ApiProcess> {
  const { DATA_DIRECTORY } = server.config;
  const own = { ...SECRETS, TOKEN_KEYS: keys.join(''), DATA_DIRECTORY, PORT: '0', LOG_LEVEL: 'fatal' };
  const config = readConfig({ ...own, ...NO_RATE_LIMITS });
  return startApiProcess(config, server.access, createLogger('fatal', 'test'));
}

/** A process, and the requests that were sent to it and are not answered. */
interface Replica {
  readonly process: ApiProcess;
  readonly unanswered: Set<Promise<unknown>>;
}

/** Two processes behind a balancer, each of which can be replaced by one with other keys. */
class Replicas {
  readonly #running: Replica[] = [];
  #turn = 0;

  async start(keys: readonly string[]): Promise<void> {
    for (let count = 0; count < 2; count++) this.#running.push(await startReplica(keys));
  }

  /** One after the other, as a balancer drains: a new one takes requests, and the old one ends when it has answered its own. */
  async replaceAll(keys: readonly string[]): Promise<void> {
    for (const [index, former] of this.#running.entries()) {
      this.#running[index] = await startReplica(keys);
      await Promise.allSettled(former.unanswered);
      await former.process.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((each) => each.process.close()));
  }

  /** Lets the next process in turn have a request. */
  async send<T>(request: (url: string) => Promise<T>): Promise<T> {
    this.#turn += 1;
    const replica = this.#running[this.#turn % this.#running.length];
    if (replica === undefined) throw new Error('no process runs');
    const answer = request(replica.process.url);
    replica.unanswered.add(answer);
    try {
      return await answer;
    } finally {
      replica.unanswered.delete(answer);
    }
  }
}

async function startReplica(keys: readonly string[]): Promise<Replica> {
  return { process: await startWith(keys), unanswered: new Set() };
}

/** A client that uses its tokens on whichever process until it is told to end; it refreshes at every fifth request. */
class BusyClient {
  requests = 0;
  isOver = false;
  readonly keyIds = new Set<string>();

  async work(replicas: Replicas): Promise<void> {
    let { accessToken, refreshToken } = await replicas.send((url) => signUpWith(url));
    while (!this.isOver) {
      this.keyIds.add(String(decodeProtectedHeader(accessToken).kid));
      const token = accessToken;
      const answer = await replicas.send((url) => new TestClient(url, token).request('{ datasets { totalCount } }'));
      expect(answer).toMatchObject({ errors: [], data: { datasets: { totalCount: 0 } } });
      this.requests += 1;
      if (this.requests % 5 !== 0) continue;
      const former = refreshToken;
      const { data, errors } = await replicas.send((url) => tryRefresh(url, former));
      expect(errors).toEqual([]);
      ({ accessToken, refreshToken } = data?.refreshSession ?? { accessToken, refreshToken });
    }
  }
}

/** Waits until each client has sent so many requests that it has refreshed. */
async function hasRefreshed(clients: readonly BusyClient[]): Promise<void> {
  const before = clients.map(({ requests }) => requests);
  const sentByEach = () => clients.every(({ requests }, index) => requests > (before[index] ?? 0) + 5);
  await expect.poll(sentByEach).toBe(true);
}

test('keys are replaced under load over two processes, and no request fails', async () => {
  const replicas = new Replicas();
  await replicas.start([OLD]);
  try {
    const clients = [new BusyClient(), new BusyClient(), new BusyClient()];
    const replace = async () => {
      try {
        for (const keys of [[OLD, NEW], [NEW, OLD], [NEW]]) {
          await hasRefreshed(clients);
          await replicas.replaceAll(keys);
        }
        // The fifteen minutes in which the last tokens of the old key expire are those of a client that has refreshed since.
        await hasRefreshed(clients);
      } finally {
        for (const client of clients) client.isOver = true;
      }
    };
    await Promise.all([replace(), ...clients.map((client) => client.work(replicas))]);
    for (const { keyIds } of clients) expect(keyIds.size).toBe(2);
  } finally {
    await replicas.close();
  }
});

test('a token of a key that is gone is refused with NO_TOKEN, and its session goes on by refreshing', async () => {
  const former = await startWith([OLD]);
  const { accessToken, refreshToken } = await signUpWith(former.url);
  await former.close();
  const current = await startWith([NEW]);
  const { errors } = await new TestClient(current.url, accessToken).request('{ datasets { totalCount } }');
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' } }]);
  const { data } = await tryRefresh(current.url, refreshToken);
  expect(data?.refreshSession?.accessToken).toEqual(expect.any(String));
  await current.close();
});
