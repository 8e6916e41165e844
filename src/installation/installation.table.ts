import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, unique, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../platform/postgres/columns.ts';
import { maintenancePolicy } from '../platform/postgres/row-level-security.ts';

/** One row: the id that the database shares with its file store, created at the first start. */
export const installation = pgTable(
  'installation',
  {
    id: uuid('id').primaryKey(),
    /** Always true and unique, so there is at most one row. */
    singleton: boolean('singleton').notNull().default(true),
    createdAt: timestampColumn('created_at').notNull().defaultNow(),
  },
  (table) => [
    unique('installation_one_row').on(table.singleton),
    check('installation_singleton', sql`${table.singleton}`),
    maintenancePolicy('installation'),
  ],
);

/** Rows that are written and removed within one transaction, to check that the database accepts writes. */
export const writeProbes = pgTable('write_probes', { id: uuid('id').primaryKey() }, () => [
  maintenancePolicy('write_probes'),
]);
