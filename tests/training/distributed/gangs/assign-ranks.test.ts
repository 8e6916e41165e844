import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../../src/platform/postgres/database.ts';
import { type Assignment, assignRanks } from '../../../../src/training/distributed/gangs/assign-ranks.ts';
import { insertRanks } from '../../../../src/training/distributed/gangs/training-rank.store.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/test-database.ts';

const file = { sha256: '0'.repeat(64), sizeBytes: 1 };
const shard = { rows: 128, codes: file, target: file, weights: null };
const work = {
  ...{
    parameters: {},
    rounds: 10,
    earlyStoppingRounds: null,
    features: 1,
    startMargins: null,
    resume: null,
    check: null,
  },
};

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase(own.access, 2);
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

beforeEach(async () => {
  await own.owner`delete from training_ranks`;
  await own.owner`delete from training_hosts`;
});

/** A host whose last heartbeat was so many seconds ago. */
async function insertHost(silentSeconds: number): Promise<string> {
  const id = randomUUID();
  await own.owner`insert into training_hosts (id, host, address, cores, memory_bytes, python, xgboost, missing, heartbeat_at)
    values (${id}, 'made', '127.0.0.1', 4, 1000000000, '3.11.2', '1.7.4', null, now() - make_interval(secs => ${silentSeconds}))`;
  return id;
}

function assign(run: { readonly runId: string; readonly attempt: number }, seconds: number): Promise<Assignment> {
  const rows = { shards: [shard, shard, shard], validation: [] };
  return database.transaction({ maintenance: true }, (tx) => assignRanks(tx, run, randomUUID(), work, rows, seconds));
}

test('a host counts once it has been heard of since it was asked for', async () => {
  // In the future: they live for as long as the test looks on.
  for (let i = 0; i < 2; i++) await insertHost(-3_600);
  const dead = await insertHost(-3_000);
  const run = { runId: randomUUID(), attempt: 2 };
  await expect(assign(run, -3_300)).resolves.toBe('UNHEARD');
  await own.owner`update training_hosts set heartbeat_at = now() - interval '1 hour' where id = ${dead}`;
  await expect(assign(run, -3_300)).resolves.toEqual({ world: 2, xgboost: '1.7.4' });
  const ranks = await own.owner`select host_id from training_ranks`;
  expect(ranks.map(({ host_id }) => host_id)).not.toContain(dead);
});

test('hosts are not kept by an attempt whose coordinating worker was killed', async () => {
  const hosts = [await insertHost(-3_600), await insertHost(-3_600)];
  const runId = randomUUID();
  const order = { ...work, workspaceId: randomUUID(), world: 2, secret: '', shards: [shard], validation: [] };
  await database.transaction({ maintenance: true }, (tx) =>
    insertRanks(
      tx,
      hosts.map((hostId, rank) => ({ runId, attempt: 1, rank, hostId, order })),
    ),
  );
  await expect(assign({ runId: randomUUID(), attempt: 1 }, 0)).resolves.toBe('BUSY');
  await expect(assign({ runId, attempt: 2 }, 0)).resolves.toEqual({ world: 2, xgboost: '1.7.4' });
  const left = await own.owner`select attempt from training_ranks`;
  expect(left.map(({ attempt }) => attempt)).toEqual([2, 2]);
});
