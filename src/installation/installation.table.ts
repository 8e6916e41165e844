import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, unique, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../platform/postgres/columns.ts';
import { maintenancePolicy } from '../platform/postgres/row-level-security.ts';

/** One row: the id that this database shares with its folder of files, made at the first start of all. */
export const installation = pgTable(
  'installation',
  {
    id: uuid('id').primaryKey(),
    /** Always true, and so in one row at the most. */
    singleton: boolean('singleton').notNull().default(true),
    createdAt: timestampColumn('created_at').notNull().defaultNow(),
  },
  (table) => [
    unique('installation_one_row').on(table.singleton),
    check('installation_singleton', sql`${table.singleton}`),
    maintenancePolicy('installation'),
  ],
);

/** Rows that are written and removed within one transaction, to see whether the database takes any. */
export const writeProbes = pgTable('write_probes', { id: uuid('id').primaryKey() }, () => [
  maintenancePolicy('write_probes'),
]);
