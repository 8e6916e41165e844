import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { applicationName, statementOf } from '../../support/client-messages.ts';
import { type DatabaseRelay, relayDatabase } from '../../support/database-relay.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

/** Longer than any connection may take to begin a transaction. */
const STANDSTILL_MILLISECONDS = 10_000;

/** The process looks at its connections so often. */
const POLL_MILLISECONDS = 100;

let testDatabase: TestDatabase;
let relay: DatabaseRelay;
let database: Database;
let isHeld: boolean;
let holding: Promise<void>;
let pinged: () => void;
let release: () => void;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

/** A pool whose `begin` is answered only when the test says so, while whoever pings is answered at once; the clock stands. */
beforeEach(async () => {
  // From the beginning: no clock of a process ever goes back.
  vi.useFakeTimers({ toFake: ['performance'] });
  isHeld = false;
  let hold: () => void = () => undefined;
  holding = new Promise((resolve) => {
    hold = resolve;
  });
  pinged = () => undefined;
  release = () => undefined;
  relay = await relayDatabase(testDatabase.access, ({ client, server }) => {
    let name: string | undefined;
    return (message) => {
      if (message.kind === '') name = applicationName(message);
      if (name === 'trainyard ping' && statementOf(message) !== null) server.once('data', () => setImmediate(pinged));
      if (isHeld && name === 'trainyard' && statementOf(message) === 'begin ') {
        server.unpipe(client);
        release = () => server.pipe(client);
        hold();
      }
      return message.bytes;
    };
  });
  database = openDatabase(relay.access, 1);
  await database.transaction({}, ask);
});

afterEach(async () => {
  vi.useRealTimers();
  release();
  await database.close();
  await relay.close();
});
afterAll(() => testDatabase.drop());

const ask: Parameters<Database['transaction']>[1] = (tx) => tx.execute(sql`select 1 as one`);

/** Begins a transaction whose beginning is on its way to the database. */
async function beginHeld(): Promise<{ rows: Promise<unknown> }> {
  isHeld = true;
  const rows = database.transaction({}, ask);
  rows.catch(() => undefined);
  await holding;
  return { rows };
}

const nextPing = () =>
  new Promise<void>((resolve) => {
    pinged = resolve;
  });

test('a standstill of the process, or of the machine, is not taken for a silent connection', async () => {
  const { rows } = await beginHeld();
  const asked = nextPing();
  vi.advanceTimersByTime(STANDSTILL_MILLISECONDS);
  // The database answers one who asks now, and has not come to the older question yet.
  await asked;
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await rows).toMatchObject([{ one: 1 }]);
});

test('a stalled connection is cut while the process runs, though another one responds', async () => {
  const { rows } = await beginHeld();
  const passing = setInterval(() => vi.advanceTimersByTime(POLL_MILLISECONDS), POLL_MILLISECONDS);
  try {
    await expect(rows).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  } finally {
    clearInterval(passing);
  }
});
