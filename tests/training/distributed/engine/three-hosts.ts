import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { uploadDataset } from '../../../support/operations.ts';
import type { TestClient } from '../../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../../support/test-server.ts';
import { XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { passengersCsv } from './passengers.ts';

export const HOSTS = 3;

/** A server with three workers that are hosts, and a dataset; for all tests of a file. */
export class ThreeHosts {
  server!: TestServer;
  client!: TestClient;
  datasetId = '';

  static forFile(): ThreeHosts {
    const hosts = new ThreeHosts();
    beforeAll(() => hosts.#start());
    afterAll(() => hosts.server?.close());
    return hosts;
  }

  async #start(): Promise<void> {
    const settings = { ENGINE: 'xgboost', ENGINE_PYTHON: XGBOOST_PYTHON!, ENGINE_ADDRESS: '127.0.0.1' };
    this.server = await startTestServer(settings, { worker: false });
    for (let i = 0; i < HOSTS; i++) await this.server.startWorker();
    this.client = await this.server.signUp();
    this.datasetId = (await uploadDataset(this.client, passengersCsv(1_500))).id;
    await this.areFree();
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
      expect(rankProcesses()).toEqual([]);
    });
  }
}

/** The processes of ranks and trackers that this process has started. */
export function rankProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        const parent = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
        return parent === String(process.pid) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('rank.py');
      } catch {
        // It has ended.
        return false;
      }
    })
    .map(Number);
}
