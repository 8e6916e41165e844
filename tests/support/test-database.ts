import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { expect, inject } from 'vitest';
import { APP_ROLE } from '../../src/platform/postgres/app-role.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { eventually } from './eventually.ts';

/** A database of one test file. */
export interface TestDatabase {
  readonly access: DatabaseAccess;
  /** A client that sees everything: the owner's. */
  readonly owner: postgres.Sql;
  /** A way in as a role of its own that may do what the app's may; it is dropped with the database. */
  accessAs(attributes?: string): Promise<DatabaseAccess & { readonly role: string }>;
  /**
   * Takes the second wall between tenants away: a way in as a role that sees through row-level security, in a database that
   * does not refuse it. What keeps tenants apart then is in the statements alone.
   */
  withoutRowSecurity(): Promise<DatabaseAccess>;
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
  const { access } = embeddedAccess(url.href);
  const roles: string[] = [];
  const accessAs = async (attributes = '') => {
    const role = `${name}_${roles.length}`;
    await owner.unsafe(`create role ${role} login password 'test' ${attributes} in role ${APP_ROLE}`);
    roles.push(role);
    const appUrl = new URL(access.appUrl);
    appUrl.username = role;
    appUrl.password = 'test';
    return { ...access, appUrl: appUrl.href, role };
  };
  return {
    access,
    owner,
    accessAs,
    async withoutRowSecurity() {
      await owner.unsafe(`create or replace function refuse_unsafe_role() returns void language sql as ''`);
      return await accessAs('bypassrls');
    },
    async drop() {
      await owner.end({ timeout: 5 });
      await waitUntilUnused(admin, name);
      await admin.unsafe(`drop database ${name}`);
      for (const role of roles) await admin.unsafe(`drop role ${role}`);
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
