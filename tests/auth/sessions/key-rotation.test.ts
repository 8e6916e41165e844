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

/** Two processes behind a balancer, each of which can be replaced by one with other keys. */
class Replicas {
  readonly #running: ApiProcess[] = [];
  #turn = 0;

  async start(keys: readonly string[]): Promise<void> {
    this.#running.push(await startWith(keys), await startWith(keys));
  }

  /** One after the other: a new one takes requests before the old one ends, with those that it has. */
  async replaceAll(keys: readonly string[]): Promise<void> {
    for (const index of this.#running.keys()) {
      const former = this.#running[index];
      this.#running[index] = await startWith(keys);
      await former?.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((each) => each.close()));
  }

  get url(): string {
    this.#turn += 1;
    return this.#running[this.#turn % this.#running.length]?.url ?? '';
  }
}

test('keys are replaced under load over two processes, and no request fails', async () => {
  const replicas = new Replicas();
  await replicas.start([OLD]);
  let isOver = false;
  const keyIds = new Set<string>();
  /** A client that uses its tokens as long as the keys are replaced, each on whichever process. */
  const work = async () => {
    let { accessToken, refreshToken } = await signUpWith(replicas.url);
    let requests = 0;
    while (!isOver) {
      keyIds.add(String(decodeProtectedHeader(accessToken).kid));
      const answer = await new TestClient(replicas.url, accessToken).request('{ datasets { totalCount } }');
      expect(answer).toMatchObject({ errors: [], data: { datasets: { totalCount: 0 } } });
      requests += 1;
      if (requests % 5 !== 0) continue;
      const { data, errors } = await tryRefresh(replicas.url, refreshToken);
      expect(errors).toEqual([]);
      ({ accessToken, refreshToken } = data?.refreshSession ?? { accessToken, refreshToken });
    }
    return requests;
  };
  const replace = async () => {
    try {
      await replicas.replaceAll([OLD, NEW]);
      await replicas.replaceAll([NEW, OLD]);
      // The fifteen minutes in which the last tokens of the old key expire are those of a client that has refreshed since.
    } finally {
      isOver = true;
    }
  };
  const [, ...counts] = await Promise.all([replace(), work(), work(), work()]);
  expect(Math.min(...counts)).toBeGreaterThan(5);
  expect(keyIds.size).toBe(2);
  await replicas.close();
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
