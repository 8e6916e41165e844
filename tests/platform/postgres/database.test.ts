import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { countStatements } from '../../support/counting-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

beforeEach(() => {
  database = openDatabase(testDatabase.access, 1);
});

afterEach(() => database.close());
afterAll(() => testDatabase.drop());

/** Ends the connections of the app, as a restart of PostgreSQL does, and waits until they are gone. */
async function loseConnections(): Promise<void> {
  const { owner } = testDatabase;
  await owner`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename = 'trainyard_app'`;
  await eventually(async () => {
    const open =
      await owner`select from pg_stat_activity where datname = current_database() and usename = 'trainyard_app'`;
    expect(open).toHaveLength(0);
  });
}

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 2 } };

test('a new connection sends no queries of its own, whose failure would be unnoticed', async () => {
  const counted = await countStatements(testDatabase.access);
  const fresh = openDatabase(counted.access, 1);
  try {
    await fresh.transaction({}, (tx) => tx.execute(sql`select 1`));
    const texts = Object.keys(counted.counts());
    expect(texts.map((text) => /^(?:begin|select set_config|select 1|commit)/.exec(text)?.[0] ?? text)).toEqual([
      ...['begin', 'select set_config', 'select 1', 'commit'],
    ]);
  } finally {
    await fresh.close();
    await counted.close();
  }
});

test('many transactions of one user keep those of others waiting for one of them only', async () => {
  const shared = openDatabase(testDatabase.access, 2);
  try {
    const begun: string[] = [];
    const held = new Map<string, PromiseWithResolvers<void>>();
    const hold = (name: string, userId: string) =>
      shared.transaction({ userId }, async (tx) => {
        const barrier = Promise.withResolvers<void>();
        held.set(name, barrier);
        begun.push(name);
        await barrier.promise;
        await tx.execute(sql`select 1`);
      });
    const end = (name: string) => held.get(name)?.resolve();
    const [flooding, other, another] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const flood = Array.from({ length: 50 }, (_, index) => hold(`flood ${index}`, flooding));
    await eventually(() => expect(begun).toHaveLength(2));
    const others = [hold('other', other), hold('another', another)];
    end('flood 0');
    await eventually(() => expect(begun.slice(2)).toEqual(['other']));
    end('other');
    await eventually(() => expect(begun.slice(2)).toEqual(['other', 'another']));
    expect(shared.stats()).toMatchObject({ active: 2, waiting: 48 });
    end('another');
    end('flood 1');
    await Promise.all(others);
    for (let index = 2; index < flood.length; index++) {
      await eventually(() => expect(begun).toContain(`flood ${index}`));
      end(`flood ${index}`);
    }
    await Promise.all(flood);
  } finally {
    await shared.close();
  }
});

test('a connection lost between two statements is an error, not the end of the process', async () => {
  const lost = database.transaction({}, async (tx) => {
    await tx.execute(sql`select 1`);
    await loseConnections();
    await tx.execute(sql`select 2`);
  });
  await expect(lost).rejects.toMatchObject(UNAVAILABLE);
  await eventually(() => database.transaction({}, (tx) => tx.execute(sql`select 3`)));
});

test('a connection lost during a statement is an error', async () => {
  const lost = database.transaction({}, async (tx) => {
    await tx.execute(sql`select pg_sleep(60)`);
  });
  await eventually(async () => {
    const sleeping = await testDatabase.owner`
      select from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and datname = current_database()`;
    expect(sleeping).toHaveLength(1);
  });
  await Promise.all([expect(lost).rejects.toMatchObject(UNAVAILABLE), loseConnections()]);
  await eventually(() => database.transaction({}, (tx) => tx.execute(sql`select 3`)));
});

test('further statements of a lost transaction reach nobody, least of all the next transaction on its connection', async () => {
  const workspaceId = '00000000-0000-4000-8000-000000000000';
  let begin: () => void = () => undefined;
  const next = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let resolveLate: (late: unknown) => void = () => undefined;
  const late = new Promise((resolve) => {
    resolveLate = resolve;
  });
  const lost = database.transaction({}, async (tx) => {
    await loseConnections();
    await next;
    resolveLate(
      await tx.execute(sql`select current_setting('app.workspace_id', true)`).catch((error: unknown) => error),
    );
  });
  await expect(lost).rejects.toMatchObject(UNAVAILABLE);
  await database.transaction({ workspaceId }, async (tx) => {
    begin();
    expect(await late).toMatchObject({ cause: { code: 'CONNECTION_CLOSED' } });
    expect(await tx.execute(sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  });
});

test('the first transaction after a loss succeeds, however the connection was lost', async () => {
  for (let round = 0; round < 25; round++) {
    const lost = database.transaction({}, async (tx) => {
      await tx.execute(sql`select 1`);
      await testDatabase.owner`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'trainyard_app'`;
      await tx.execute(sql`select 2`);
    });
    await expect(lost).rejects.toMatchObject(UNAVAILABLE);
    expect(await database.transaction({}, (tx) => tx.execute(sql`select 3 as three`))).toMatchObject([{ three: 3 }]);
  }
});

test('a transaction does not see the scope of the previous one on its connection', async () => {
  const workspaceId = '00000000-0000-4000-8000-000000000000';
  const scope = () => sql`select current_setting('app.workspace_id', true) as workspace`;
  const inside = await database.transaction({ workspaceId }, (tx) => tx.execute(scope()));
  const after = await database.transaction({}, (tx) => tx.execute(scope()));
  expect([inside[0], after[0]]).toEqual([{ workspace: workspaceId }, { workspace: '' }]);
});
