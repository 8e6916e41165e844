import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { pgTable, text } from 'drizzle-orm/pg-core';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { describeDatabase } from './describe-database.ts';
import { readTables } from './read-tables.ts';

const HINT = 'The tables have changed: make the migration with "npx drizzle-kit generate --name what_it_does".';

type Snapshot = Parameters<typeof generateMigration>[0];

/** A table that no migration makes. */
const stray = pgTable('stray', { id: text('id').primaryKey() });

const NOTHING = generateDrizzleJson({});

function newestSnapshot(): Snapshot {
  const newest = globSync('drizzle/meta/*_snapshot.json').sort().at(-1) ?? '';
  return JSON.parse(readFileSync(newest, 'utf8')) as Snapshot;
}

function statements(from: Snapshot, tables: Readonly<Record<string, unknown>>): Promise<string[]> {
  return generateMigration(from, generateDrizzleJson(tables));
}

describe('the migrations', () => {
  test('all migrations are in the journal', () => {
    const journal = JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')) as { entries: { tag: string }[] };
    expect(journal.entries.map(({ tag }) => `drizzle/${tag}.sql`)).toEqual(globSync('drizzle/*.sql').sort());
  });

  test('the migrations are up to date with the tables', async () => {
    expect(await statements(newestSnapshot(), await readTables()), HINT).toEqual([]);
  });

  test('migrations without a new table are detected', async () => {
    const missing = await statements(newestSnapshot(), { ...(await readTables()), stray });
    expect(missing).toEqual([expect.stringContaining('CREATE TABLE "stray"')]);
  });
});

describe('a migrated database', () => {
  let database: TestDatabase;
  let owner: postgres.Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = database.owner;
  });

  afterAll(() => database.drop());

  test('a migrated database has the structure of one created from the tables', async () => {
    const creation = await statements(NOTHING, await readTables());
    await undone(async (tx) => {
      const migrated = await describeDatabase(tx);
      await tx.unsafe('drop schema public cascade; create schema public');
      await tx.unsafe(creation.join('\n'));
      // What no table tells of itself was written by hand.
      await tx.unsafe(await readFile('drizzle/0009_forced_row_security.sql', 'utf8'));
      expect(migrated).toEqual(await describeDatabase(tx));
    });
  });

  test.each([
    'alter table artifacts drop column format',
    'alter table artifacts alter column format drop not null',
    'alter table artifacts alter column pinned set default false',
    'alter table artifacts drop constraint artifacts_size',
    'alter table artifacts drop constraint artifacts_file',
    'alter table artifacts disable row level security',
    'alter table artifacts no force row level security',
    'drop index artifacts_newest',
    'alter policy blobs_workspace on blobs using (true)',
    'create table stray (id text)',
  ])('a different database is detected after: %s', async (change) => {
    await undone(async (tx) => {
      const before = await describeDatabase(tx);
      await tx.unsafe(change);
      expect(await describeDatabase(tx)).not.toEqual(before);
    });
  });

  /** Does the work in a transaction that is rolled back. */
  async function undone(work: (tx: postgres.TransactionSql) => Promise<void>): Promise<void> {
    const rolledBack = new Error('rolled back');
    const attempt = owner.begin(async (tx) => {
      await work(tx);
      throw rolledBack;
    });
    await attempt.catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  }
});
