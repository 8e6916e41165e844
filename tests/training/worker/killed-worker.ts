import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Config, readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { startWorkerProcess, type WorkerProcess } from '../../../src/processes/worker-process.ts';
import { start } from '../../processes/command.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun } from '../../support/operations.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { NO_RATE_LIMITS } from '../../support/test-server.ts';

const logger = createLogger('fatal', 'test');

/** An API whose workers are started, and killed, one by one. */
export class KilledWorkers {
  readonly database: TestDatabase;
  readonly #directory: string;
  readonly #config: Config;
  readonly #api: ApiProcess;

  private constructor(database: TestDatabase, directory: string, config: Config, api: ApiProcess) {
    this.database = database;
    this.#directory = directory;
    this.#config = config;
    this.#api = api;
  }

  static async start(): Promise<KilledWorkers> {
    const directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
    const database = await createTestDatabase();
    const config = readConfig({ ...SECRETS, ...NO_RATE_LIMITS, DATA_DIRECTORY: directory, PORT: '0' });
    const api = await startApiProcess(config, database.access, logger);
    return new KilledWorkers(database, directory, config, api);
  }

  async close(): Promise<void> {
    await this.#api.close();
    await this.database.drop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async signUp(): Promise<TestClient> {
    const { signUp } = await new TestClient(this.#api.url, null).execute<{ signUp: { accessToken: string } }>(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
      { input: { email: 'owner@example.com', password: 'correct horse battery' } },
    );
    return new TestClient(this.#api.url, signUp.accessToken);
  }

  /** A worker of this process. */
  startWorker(): Promise<WorkerProcess> {
    return startWorkerProcess(this.#config, this.database.access, logger);
  }

  /**
   * Starts a run, has a process of its own work on it, kills that with SIGKILL once `isFarEnough` resolves, and has another worker
   * end the run. No run ends before that. Gives the run's id, and the progress of the checkpoint that was left. `settings`: of the
   * process that is killed.
   */
  async killInTheMiddle(
    client: TestClient,
    startRun: () => Promise<string>,
    isFarEnough: (id: string) => Promise<void>,
    settings: Record<string, string> = {},
  ): Promise<{ readonly id: string; readonly checkpoint: number }> {
    const { owner, access } = this.database;
    const command = start(['worker'], {
      ...{ DATABASE_URL: access.appUrl, DATABASE_OWNER_URL: access.ownerUrl, DATA_DIRECTORY: this.#directory },
      ...{ PORT: '0', LOG_LEVEL: 'info', ...NO_RATE_LIMITS, ...settings },
    });
    const release = await this.#holdEnds();
    try {
      const id = await startRun();
      await isFarEnough(id);
      command.process.kill('SIGKILL');
      await command.ended;
      const [row] = await owner`select progress from training_checkpoints where run_id = ${id}`;
      const worker = await this.startWorker();
      try {
        await eventually(async () => {
          const [run] = await owner`select attempt, lost_attempts from training_runs where id = ${id}`;
          expect(run).toEqual({ attempt: 2, lost_attempts: 1 });
        });
        await release();
        expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
      } finally {
        await worker.close();
      }
      return { id, checkpoint: Number(row?.['progress']) };
    } finally {
      command.process.kill('SIGKILL');
      await release().catch(() => undefined);
    }
  }

  /** No run can end until it is released. */
  async #holdEnds(): Promise<() => Promise<void>> {
    const sql = await this.database.owner.reserve();
    await sql`begin`;
    await sql`lock table training_evaluations in share mode`;
    return async () => {
      await sql`rollback`;
      sql.release();
    };
  }
}
