import { bigint, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../../platform/postgres/columns.ts';
import { maintenancePolicy } from '../../../platform/postgres/row-level-security.ts';

/** The worker processes that offer to take part in trainings on several hosts. One whose heartbeats stop does not count. */
export const trainingHosts = pgTable(
  'training_hosts',
  {
    id: uuid('id').primaryKey(),
    host: text('host').notNull(),
    /** Where other hosts reach it. */
    address: text('address').notNull(),
    cores: integer('cores').notNull(),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
    /** The versions of what it has; null: it has none. */
    python: text('python'),
    xgboost: text('xgboost'),
    /** What it lacks, and what is to be installed; null: nothing. */
    missing: text('missing'),
    /** By the clock of the database. */
    heartbeatAt: timestampColumn('heartbeat_at').notNull(),
  },
  () => [maintenancePolicy('training_hosts')],
);
