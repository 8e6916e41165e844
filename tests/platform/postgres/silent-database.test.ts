import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Database,
  type DatabaseAccess,
  openDatabase,
  type Transaction,
} from '../../../src/platform/postgres/database.ts';
import { type Change, openNotificationHub, sendNotification } from '../../../src/platform/postgres/notifications.ts';
import type { FaultProxy } from '../../chaos/fault-proxy.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { throughProxy } from '../../support/proxied-access.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 2 } };

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

/** Waits for a promise to be rejected as it must be. */
async function refusal(refused: Promise<unknown>): Promise<void> {
  await expect(refused).rejects.toMatchObject(UNAVAILABLE);
}

describe('a database that falls silent', () => {
  test('a database that falls silent fails new, waiting and running transactions', async () => {
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
    await Promise.all([inTheMiddle, ...others].map(refusal));
    // Also those who come later, and also a connection that takes nobody up.
    await refusal(database.transaction({}, ask));
    expect(await database.ping()).toBe(false);
  });

  test('a database that falls silent does no work for transactions that failed, and recovers', async () => {
    await database.transaction({}, ask);
    proxy.freeze();
    let begun = 0;
    const refused = Array.from({ length: 6 }, () =>
      database.transaction({}, async (tx) => {
        begun += 1;
        await ask(tx);
      }),
    );
    await Promise.all(refused.map(refusal));
    proxy.thaw();
    expect(await eventually(() => database.transaction({}, ask))).toMatchObject([{ one: 1 }]);
    await eventually(async () => {
      const open = await testDatabase.owner`select from pg_stat_activity
        where datname = current_database() and application_name = 'trainyard' and state <> 'idle'`;
      expect(open).toHaveLength(0);
    });
    expect(begun).toBe(0);
  });

  test('a database that is cut off while it is silent recovers', async () => {
    await database.transaction({}, ask);
    proxy.freeze();
    await refusal(database.transaction({}, ask));
    proxy.cut();
    proxy.thaw();
    await eventually(() => database.transaction({}, ask));
  });
});

test('a database that accepts no connection fails at once, and recovers', async () => {
  await database.transaction({}, ask);
  await proxy.refuse();
  proxy.cut();
  for (let n = 0; n < 20; n++) await refusal(database.transaction({}, ask));
  await proxy.accept();
  await eventually(() => database.transaction({}, ask));
});

test('a slow transaction continues, and so do those that wait for it', async () => {
  const slow = Array.from({ length: 4 }, () =>
    database.transaction({}, (tx) => tx.execute(sql`select pg_sleep(2.5), 1 as one`)),
  );
  for (const rows of await Promise.all(slow)) expect(rows).toMatchObject([{ one: 1 }]);
});

describe('the hub of changes', () => {
  const announce = (change: Change) => database.transaction({}, (tx) => sendNotification(tx, change));

  test('the notification hub listens anew after its connection has fallen silent, and reports a gap', async () => {
    // A way of its own, so that whoever comes that way is the hub.
    const own = await throughProxy(testDatabase.access);
    endsWithTest(own.proxy);
    const hub = endsWithTest(await openNotificationHub(own.access, pino({ level: 'silent' })));
    const heard: string[] = [];
    let gaps = 0;
    hub.listen('scope', (change) => void (change && heard.push(change.id)));
    hub.onReconnect(() => {
      gaps += 1;
    });
    await announce({ scope: 'scope', topic: 't', id: 'before' });
    await eventually(() => expect(heard).toEqual(['before']));
    own.proxy.freeze();
    await announce({ scope: 'scope', topic: 't', id: 'lost' });
    // That nothing comes is found out by asking: it gives the line up, and tries another.
    await eventually(() => expect(own.proxy.connectionCount()).toBeGreaterThan(1));
    own.proxy.thaw();
    await eventually(() => expect(gaps).toBeGreaterThan(0));
    await announce({ scope: 'scope', topic: 't', id: 'after' });
    await eventually(() => expect(heard).toEqual(['before', 'after']));
  });
});
