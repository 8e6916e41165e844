import { afterAll, beforeAll, expect } from 'vitest';
import type { FitCheckpoint } from '../../../../src/training/distributed/fit-checkpoint.ts';
import { type Command, start } from '../../../processes/command.ts';
import { eventually } from '../../../support/eventually.ts';
import { uploadDataset } from '../../../support/operations.ts';
import { SECRETS } from '../../../support/secrets.ts';
import type { TestClient } from '../../../support/test-client.ts';
import { NO_RATE_LIMITS, startTestServer, type TestServer } from '../../../support/test-server.ts';
import { XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { passengersCsv } from './passengers.ts';
import { rankProcesses } from './rank-processes.ts';
import { readRounds } from './read-rounds.ts';

export const HOSTS = 3;

interface HostsOptions {
  /** Of the dataset. */
  readonly rows?: number;
  readonly settings?: Record<string, string>;
  /** Whether each host is a process of its own, of the build, rather than a part of this one. */
  readonly areProcesses?: boolean;
}

/** A server with three workers that are hosts, and a dataset; for all tests of a file. */
export class ThreeHosts {
  server!: TestServer;
  client!: TestClient;
  datasetId = '';
  readonly #options: HostsOptions;
  readonly #processes: Command[] = [];

  private constructor(options: HostsOptions) {
    this.#options = options;
  }

  static forFile(options: HostsOptions = {}): ThreeHosts {
    const hosts = new ThreeHosts(options);
    beforeAll(() => hosts.#start());
    afterAll(() => hosts.#close());
    return hosts;
  }

  /** The hosts that are processes of their own, and run. */
  get processes(): readonly Command[] {
    return this.#processes.filter(({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null);
  }

  /** Starts one more host as a process of its own. */
  async startProcess(): Promise<void> {
    const { config, access } = this.server;
    const own = { DATA_DIRECTORY: config.DATA_DIRECTORY, PORT: '0', LOG_LEVEL: 'info', ...SECRETS, ...NO_RATE_LIMITS };
    const database = { DATABASE_URL: access.appUrl, DATABASE_OWNER_URL: access.ownerUrl };
    const command = start(['worker'], { ...own, ...database, ...this.#settings });
    this.#processes.push(command);
    await command.printed(/"msg":"waiting for work"/);
  }

  get #settings(): Record<string, string> {
    const own = { ENGINE: 'xgboost', ENGINE_PYTHON: XGBOOST_PYTHON!, ENGINE_ADDRESS: '127.0.0.1' };
    return { ...own, ...this.#options.settings };
  }

  async #start(): Promise<void> {
    const { areProcesses = false, rows = 1_500 } = this.#options;
    this.server = await startTestServer(this.#settings, { worker: false });
    for (let i = 0; i < HOSTS; i++) await (areProcesses ? this.startProcess() : this.server.startWorker());
    this.client = await this.server.signUp();
    this.datasetId = (await uploadDataset(this.client, passengersCsv(rows))).id;
    await this.areFree();
  }

  async #close(): Promise<void> {
    for (const { process } of this.#processes) process.kill('SIGKILL');
    await Promise.all(this.#processes.map(({ ended }) => ended));
    await this.server?.close();
  }

  /** Resolves once all hosts live and take part in nothing. */
  async areFree(): Promise<void> {
    await eventually(async () => {
      const query = '{ health { hosts { xgboost isBusy missing } } }';
      const { health } = await this.client.execute<{ health: { hosts: readonly object[] } }>(query);
      expect(health.hosts).toHaveLength(HOSTS);
      for (const host of health.hosts) expect(host).toMatchObject({ isBusy: false, missing: null });
    });
  }

  /** Resolves once nothing is left of any training: no process, no rank, no file. */
  async areClean(): Promise<void> {
    await eventually(async () => {
      const { owner } = this.server.database;
      expect(await owner`select 1 from training_ranks`).toHaveLength(0);
      expect(await owner`select 1 from training_files`).toHaveLength(0);
      expect(this.ranks()).toEqual([]);
    });
  }

  /** The ids of the processes of ranks and trackers. */
  ranks(): number[] {
    return rankProcesses([process.pid, ...this.processes.map(({ process: { pid } }) => pid ?? 0)]);
  }

  /** Resolves once an attempt at a run has fitted a round. */
  async hasRounds(id: string, attempt: number): Promise<void> {
    await eventually(async () => {
      const [event] = await this.server.database.owner`select 1 from training_events
        where run_id = ${id} and attempt = ${attempt} and kind = 'METRIC' limit 1`;
      expect(event).toBeDefined();
    });
  }

  /** The rounds of the checkpoint of a run, once it has one with any. */
  async checkpointRounds(id: string): Promise<NonNullable<FitCheckpoint['rounds']>> {
    return await eventually(async () => {
      const rounds = await readRounds(this.server.database.owner, id);
      if (rounds === null) throw new Error(`Run ${id} has no checkpoint with rounds.`);
      return rounds;
    });
  }
}
