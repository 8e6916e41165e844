import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { expect, inject } from 'vitest';
import type { DatabaseAccess } from '../../src/platform/database.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { eventually } from './eventually.ts';

/** A database of one test file. */
export interface TestDatabase {
  readonly access: DatabaseAccess;
  /** A client that sees everything: the owner's. */
  readonly owner: postgres.Sql;
  /** Closes the client and drops the database. Fails while anything is still connected: then something leaks. */
  drop(): Promise<void>;
}

/** Copies the migrated database. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = connectTo(template, 'postgres');
  await admin.unsafe(`create database ${name} template ${template.pathname.slice(1)} strategy file_copy`);
  const url = new URL(template);
  url.pathname = name;
  const owner = postgres(url.href, { max: 2, onnotice: () => undefined });
  return {
    access: embeddedAccess(url.href).access,
    owner,
    async drop() {
      await owner.end({ timeout: 5 });
      await waitUntilUnused(admin, name);
      await admin.unsafe(`drop database ${name}`);
      await admin.end({ timeout: 5 });
    },
  };
}

function connectTo(url: URL, database: string): postgres.Sql {
  const other = new URL(url);
  other.pathname = database;
  return postgres(other.href, { max: 1, onnotice: () => undefined });
}

/** A closed connection takes PostgreSQL some milliseconds to forget; one that stays open is a leak. */
async function waitUntilUnused(admin: postgres.Sql, name: string): Promise<void> {
  await eventually(async () => {
    const open = await admin`select application_name, state, query from pg_stat_activity where datname = ${name}`;
    expect(open, 'connections that were left open').toEqual([]);
  });
}
