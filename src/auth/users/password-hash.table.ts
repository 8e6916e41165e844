import { sql } from 'drizzle-orm';
import { foreignKey, pgPolicy, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { CURRENT_USER_ID, CURRENT_WORKSPACE_ID } from '../../platform/postgres/row-level-security.ts';
import { users } from './user.table.ts';

/**
 * The transaction is for the address of this user, in no workspace: so only signing in, and setting a password, see a hash, and no
 * transaction of a viewer does, not even of the user themselves.
 */
const IS_OF_ADDRESS = sql`${CURRENT_WORKSPACE_ID} is null and exists (select from users
  where users.id = password_hashes.user_id and users.email = nullif(current_setting('app.email', true), ''))`;

/** Hashes of passwords, apart from what members see of each other. */
export const passwordHashes = pgTable(
  'password_hashes',
  {
    userId: uuid('user_id').primaryKey(),
    /** In the PHC string form. */
    hash: text('hash').notNull(),
  },
  (table) => [
    foreignKey({ columns: [table.userId], foreignColumns: [users.id], name: 'password_hashes_user' }).onDelete(
      'cascade',
    ),
    pgPolicy('password_hashes_sign_in', { for: 'select', using: IS_OF_ADDRESS }),
    pgPolicy('password_hashes_set', { for: 'insert', withCheck: sql`user_id = ${CURRENT_USER_ID}` }),
    pgPolicy('password_hashes_change', {
      for: 'update',
      using: sql`user_id = ${CURRENT_USER_ID} and ${IS_OF_ADDRESS}`,
      withCheck: sql`user_id = ${CURRENT_USER_ID}`,
    }),
  ],
);
