import { bigint, integer, pgTable, varchar } from 'drizzle-orm/pg-core';
import { maintenancePolicy } from '../../platform/postgres/row-level-security.ts';

/** What was counted of each account and address, in the columns that rate-limiter-flexible writes, in this order. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: varchar('key', { length: 255 }).primaryKey(),
    points: integer('points').notNull().default(0),
    /** When the count begins anew, in milliseconds since 1970. */
    expire: bigint('expire', { mode: 'number' }),
  },
  () => [maintenancePolicy('rate_limits')],
);
