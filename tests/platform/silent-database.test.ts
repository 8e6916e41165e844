import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { announceChange, type Change, openChangeHub } from '../../src/platform/changes.ts';
import { type Database, type DatabaseAccess, openDatabase, type Transaction } from '../../src/platform/database.ts';
import type { FaultProxy } from '../chaos/fault-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { throughProxy } from '../support/proxied-access.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 2 } };

/** Far below the minute after which the server's own limits or the system's would end a wait. */
const BOUND_MILLISECONDS = 15_000;

let testDatabase: TestDatabase;
let access: DatabaseAccess;
let proxy: FaultProxy;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

beforeEach(async () => {
  ({ access, proxy } = await throughProxy(testDatabase.access));
  database = openDatabase(access, 2);
});

afterEach(async () => {
  proxy.thaw();
  await database.close();
  await proxy.close();
});
afterAll(() => testDatabase.drop());

const ask = (tx: Transaction) => tx.execute(sql`select 1 as one`);

/** How long a promise takes to be rejected as it must be, in milliseconds. */
async function timeToRefusal(refused: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await expect(refused).rejects.toMatchObject(UNAVAILABLE);
  return performance.now() - start;
}

describe('a database that falls silent', () => {
  test('refuses those who ask, those who wait their turn, and those who are in the middle', async () => {
    let reach: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const inTheMiddle = database.transaction({}, async (tx) => {
      await ask(tx);
      proxy.freeze();
      reach();
      await ask(tx);
    });
    await reached;
    const others = Array.from({ length: 5 }, () => database.transaction({}, ask));
    for (const time of await Promise.all([inTheMiddle, ...others].map(timeToRefusal)))
      expect(time).toBeLessThan(BOUND_MILLISECONDS);
    // Also those who come later, and also a connection that takes nobody up.
    expect(await timeToRefusal(database.transaction({}, ask))).toBeLessThan(BOUND_MILLISECONDS);
    expect(await database.ping()).toBe(false);
  });

  test('does no work for those whom it refused, and serves again when it is back', async () => {
    await database.transaction({}, ask);
    proxy.freeze();
    let begun = 0;
    const refused = Array.from({ length: 6 }, () =>
      database.transaction({}, async (tx) => {
        begun += 1;
        await ask(tx);
      }),
    );
    await Promise.all(refused.map(timeToRefusal));
    proxy.thaw();
    expect(await eventually(() => database.transaction({}, ask))).toMatchObject([{ one: 1 }]);
    await eventually(async () => {
      const open = await testDatabase.owner`select from pg_stat_activity
        where datname = current_database() and application_name = 'trainyard' and state <> 'idle'`;
      expect(open).toHaveLength(0);
    });
    expect(begun).toBe(0);
  });

  test('that is cut off while it is silent serves again too', async () => {
    await database.transaction({}, ask);
    proxy.freeze();
    await timeToRefusal(database.transaction({}, ask));
    proxy.cut();
    proxy.thaw();
    await eventually(() => database.transaction({}, ask));
  });
});

test('a database that takes no connection refuses at once, and serves again when it does', async () => {
  await database.transaction({}, ask);
  await proxy.refuse();
  proxy.cut();
  for (let n = 0; n < 20; n++) await timeToRefusal(database.transaction({}, ask));
  await proxy.accept();
  await eventually(() => database.transaction({}, ask));
});

test('a transaction that is merely slow goes on, and so do those that wait for it', async () => {
  const slow = Array.from({ length: 4 }, () =>
    database.transaction({}, (tx) => tx.execute(sql`select pg_sleep(2.5), 1 as one`)),
  );
  for (const rows of await Promise.all(slow)) expect(rows).toMatchObject([{ one: 1 }]);
});

describe('the hub of changes', () => {
  const announce = (change: Change) => database.transaction({}, (tx) => announceChange(tx, change));

  test('listens anew after its line has fallen silent, and tells that there was a gap', async () => {
    const hub = await openChangeHub(access, pino({ level: 'silent' }));
    const heard: string[] = [];
    let gaps = 0;
    hub.listen('scope', (change) => void (change && heard.push(change.id)));
    hub.onReconnect(() => {
      gaps += 1;
    });
    await announce({ scope: 'scope', topic: 't', id: 'before' });
    await eventually(() => expect(heard).toEqual(['before']));
    proxy.freeze();
    // What comes through neither end is found out by asking.
    await eventually(() => expect(proxy.connectionCount()).toBeGreaterThan(0));
    await timeToRefusal(announce({ scope: 'scope', topic: 't', id: 'lost' }));
    const silentSince = performance.now();
    await eventually(() => expect(performance.now() - silentSince).toBeGreaterThan(4_000));
    proxy.thaw();
    await eventually(() => expect(gaps).toBeGreaterThan(0));
    await eventually(() => announce({ scope: 'scope', topic: 't', id: 'after' }));
    await eventually(() => expect(heard.at(-1)).toBe('after'));
    await hub.close();
  });
});
