import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { readTables } from './read-tables.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/** The lists in the code, by `table.column`. */
async function listsInCode(): Promise<Map<string, readonly string[]>> {
  const tables = Object.values(await readTables()).filter((value) => is(value, PgTable));
  const columns = tables
    .map(getTableConfig)
    .flatMap((table) =>
      table.columns.flatMap((column) =>
        column.enumValues ? [[`${table.name}.${column.name}`, column.enumValues] as const] : [],
      ),
    );
  return new Map(columns);
}

/** The lists that the live database holds its columns to, by `table.column`. */
async function listsInDatabase(): Promise<Map<string, readonly string[]>> {
  const constraints = await database.owner<{ table: string; definition: string }[]>`
    select relname as table, pg_get_constraintdef(pg_constraint.oid) as definition
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where contype = 'c' and connamespace = 'public'::regnamespace`;
  const lists = constraints.flatMap(({ table, definition }) => {
    const [, column, values = ''] = /^CHECK \(\((\w+) = ANY \(ARRAY\[([^\]]*)\]\)\)\)$/.exec(definition) ?? [];
    const texts = [...values.matchAll(/'([^']*)'::text/g)].map(([, text = '']) => text);
    return column === undefined ? [] : [[`${table}.${column}`, texts] as const];
  });
  return new Map(lists);
}

test('every list that the database checks is the list in the code', async () => {
  const [inCode, inDatabase] = [await listsInCode(), await listsInDatabase()];
  expect(inDatabase.size).toBeGreaterThan(0);
  for (const [column, values] of inDatabase) expect(values, column).toEqual(inCode.get(column));
});

test('every list in the code is checked by the database', async () => {
  const [inCode, inDatabase] = [await listsInCode(), await listsInDatabase()];
  expect([...inCode.keys()].filter((column) => !inDatabase.has(column))).toEqual([]);
});

test('another list in the database would be noticed', async () => {
  await database.owner.unsafe(`alter table memberships drop constraint memberships_role,
    add constraint memberships_role check (role in ('OWNER', 'EDITOR'))`);
  expect((await listsInDatabase()).get('memberships.role')).toEqual(['OWNER', 'EDITOR']);
});
