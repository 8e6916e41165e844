import type postgres from 'postgres';
import { MigrationError } from './migration-error.ts';

/** The oldest major version of PostgreSQL that has all that is used. */
export const OLDEST_POSTGRES = 15;

/** Throws a MigrationError where the server is older than the major version. */
export async function requireServerVersion(client: postgres.Sql, oldest: number): Promise<void> {
  const [row] = await client<{ number: number; version: string }[]>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
  // 150004 is 15.4.
  if (row !== undefined && Math.floor(row.number / 10_000) < oldest) {
    throw new MigrationError(
      `The server is PostgreSQL ${row.version}; Trainyard needs ${oldest} or newer: upgrade it, or name another one in DATABASE_URL.`,
    );
  }
}
