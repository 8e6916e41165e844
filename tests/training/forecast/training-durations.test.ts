import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { insertDuration, listDurations } from '../../../src/training/forecast/training-duration.store.ts';
import { TrainingDurations } from '../../../src/training/forecast/training-durations.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.access, 4);
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('past durations predict later trainings, for each algorithm separately', async () => {
  const durations = new TrainingDurations(database);
  const unknown = { algorithm: 'LINEAR', work: 2, timeBudgetSeconds: null } as const;
  expect(await durations.expectedSeconds(unknown)).toBeNull();
  for (const work of [1, 10, 100]) await durations.record({ algorithm: 'GRADIENT_BOOSTING', work, seconds: 3 * work });
  const known = { algorithm: 'GRADIENT_BOOSTING', work: 50, timeBudgetSeconds: null } as const;
  expect(await durations.expectedSeconds(known)).toBeCloseTo(150, 6);
  expect(await durations.expectedSeconds({ ...known, timeBudgetSeconds: 20 })).toBeCloseTo(20 + 15, 6);
  expect(await durations.expectedSeconds({ ...known, timeBudgetSeconds: 1_000 })).toBeCloseTo(150, 6);
  expect(await durations.expectedSeconds(unknown)).toBeNull();
});

test('concurrent requests share one read of the history', async () => {
  let looks = 0;
  const counted: Database = {
    ...database,
    transaction: (scope, work) => {
      looks++;
      return database.transaction(scope, work);
    },
  };
  const durations = new TrainingDurations(counted);
  const request = { algorithm: 'BASELINE', work: 1, timeBudgetSeconds: null } as const;
  await Promise.all(Array.from({ length: 20 }, () => durations.expectedSeconds(request)));
  expect(looks).toBe(1);
});

test('a failed read of the history is not kept', async () => {
  let isAway = true;
  const away: Database = {
    ...database,
    transaction: (scope, work) => (isAway ? Promise.reject(new Error('the cable')) : database.transaction(scope, work)),
  };
  const durations = new TrainingDurations(away);
  const request = { algorithm: 'BASELINE', work: 1, timeBudgetSeconds: null } as const;
  await expect(durations.expectedSeconds(request)).rejects.toThrow('the cable');
  isAway = false;
  await expect(durations.expectedSeconds(request)).resolves.toBeNull();
});

test('only the latest durations of an algorithm are kept', async () => {
  await database.transaction({ maintenance: true }, async (tx) => {
    for (let work = 1; work <= 8; work++) {
      await insertDuration(tx, { algorithm: 'DECISION_TREE', work, seconds: 1 }, 5);
      await insertDuration(tx, { algorithm: 'RANDOM_FOREST', work, seconds: 1 }, 5);
    }
    const kept = await listDurations(tx, 'DECISION_TREE', 100);
    expect(kept.map(({ work }) => work)).toEqual([8, 7, 6, 5, 4]);
    expect((await listDurations(tx, 'RANDOM_FOREST', 3)).map(({ work }) => work)).toEqual([8, 7, 6]);
  });
});

test('a workspace does not see the durations of others', async () => {
  await new TrainingDurations(database).record({ algorithm: 'BASELINE', work: 1, seconds: 1 });
  const workspaceId = '00000000-0000-4000-8000-000000000000';
  expect(await database.transaction({ workspaceId }, (tx) => listDurations(tx, 'BASELINE', 10))).toEqual([]);
});
