import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { startWorkerProcess, type WorkerProcess } from '../../src/processes/worker-process.ts';
import { TestClient } from './test-client.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** The whole of Trainyard on a database and a folder of its own: a real server on a real port, and a worker. */
export interface TestServer {
  readonly url: string;
  /** Where it listens, also where PUBLIC_URL says that it is elsewhere. */
  readonly address: string;
  readonly config: Config;
  readonly database: TestDatabase;
  /** The server's own way into it. */
  readonly access: DatabaseAccess;
  /** Signs a new user up, in a workspace of their own, and gives a client that speaks for them. */
  signUp(): Promise<TestClient>;
  /** A client that is not signed in. */
  anonymous(): TestClient;
  /** Starts one more worker, which the caller may close before the server does. */
  startWorker(): Promise<WorkerProcess>;
  close(): Promise<void>;
}

/**
 * All clients of a test come from one address, and some are quicker than any user. Processes of one database must agree
 * on the limits: each takes a share of them in advance, which is more than all that a process with lower ones allows.
 */
export const NO_RATE_LIMITS = {
  MAX_OPERATIONS_PER_ACCOUNT: '1000000000',
  MAX_OPERATIONS_PER_ADDRESS: '1000000000',
  MAX_SIGN_INS_PER_ADDRESS: '1000000000',
  MAX_SIGN_UPS_PER_ADDRESS: '1000000000',
};

let users = 0;

interface TestServerOptions {
  /** False leaves every run QUEUED. */
  readonly worker?: boolean;
  /** Where its lines go; standard error by default. */
  readonly log?: { write(line: string): void };
  /** Another way into the database than the app role's. */
  readonly access?: ((database: TestDatabase) => Promise<DatabaseAccess>) | null;
}

/** Starts it. */
export async function startTestServer(
  settings: Record<string, string> = {},
  { worker = true, access: accessOf = null, log }: TestServerOptions = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  const database = await createTestDatabase();
  const access = accessOf === null ? database.access : await accessOf(database);
  const own = { DATA_DIRECTORY: directory, PORT: '0', LOG_LEVEL: 'fatal' };
  const config = readConfig({ ...own, ...NO_RATE_LIMITS, ...settings });
  const logger = createLogger(config.LOG_LEVEL, 'test', log);
  const remove = async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  };
  const api = await orElse(startApiProcess(config, access, logger), remove);
  const workers = new Set<WorkerProcess>();
  const startWorker = async () => {
    const started = await startWorkerProcess(config, access, logger);
    const closeOne = async () => {
      if (workers.delete(started)) await started.close();
    };
    workers.add(started);
    return { ...started, close: closeOne };
  };
  const close = async () => {
    await Promise.all([...[...workers].map((started) => started.close()), api.close()]);
    await remove();
  };
  if (worker) await orElse(startWorker(), close);
  return {
    url: api.url,
    address: api.address,
    config,
    database,
    access,
    anonymous: () => new TestClient(api.address, null),
    startWorker,
    async signUp() {
      users += 1;
      const anonymous = new TestClient(api.address, null);
      const input = { email: `user${users}@example.com`, password: 'correct horse battery' };
      const { signUp } = await anonymous.execute<{ signUp: { accessToken: string } }>(
        'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
        { input },
      );
      return new TestClient(api.address, signUp.accessToken);
    },
    close,
  };
}

/** What has been started; where that fails, what stands already is ended. */
async function orElse<T>(starting: Promise<T>, end: () => Promise<void>): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    await end();
    throw error;
  }
}
