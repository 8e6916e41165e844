import type { TestServer } from './test-server.ts';

/** Lets go what was held. To be called within a minute: then the server gives up a statement that waits. */
export type Release = () => Promise<void>;

/**
 * Holds what is in flight in its middle: whoever writes to the table waits until it is released, and reads go on. The end of an
 * upload writes to `blobs`, that of a training which succeeds to `training_evaluations`.
 */
export async function holdWrites({ database }: TestServer, table: 'blobs' | 'training_evaluations'): Promise<Release> {
  const sql = await database.owner.reserve();
  await sql`begin`;
  await sql`lock table ${sql(table)} in share mode`;
  return async () => {
    await sql`rollback`;
    sql.release();
  };
}

/** How many statements of the server wait for what is held. */
export async function countHeld({ database }: TestServer): Promise<number> {
  const [row] = await database.owner<{ count: number }[]>`
    select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}
