import { sql } from 'drizzle-orm';
import { check, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID, CURRENT_WORKSPACE_ID, IS_MAINTENANCE } from '../../platform/postgres/row-level-security.ts';

/**
 * Characters of addresses that nobody sees: control and format characters, spaces, and what has no width. New addresses have none;
 * those of earlier versions may.
 */
const INVISIBLE = String.raw`[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]`;

/** An address of an earlier version that is not canonical: because another account has the canonical one. */
export const IS_NOT_CANONICAL = sql.raw(`(email is not nfc normalized or email ~ '${INVISIBLE}')`);

/**
 * Users. E-mail addresses are stored in lower case. Whom an outside issuer has admitted has neither an address nor a password
 * here: nothing that finds a user by an address finds them.
 */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email'),
    name: text('name'),
    /** When a link in a mail to the address was followed first. */
    emailVerifiedAt: timestampColumn('email_verified_at'),
    createdAt: timestampColumn('created_at').notNull(),
    /** The outside issuer, and what it calls the user. */
    issuer: text('issuer'),
    subject: text('subject'),
    /** The address that the issuer says to be theirs, for people to read. */
    claimedEmail: text('claimed_email'),
    /** When the newest token was issued that was seen: an older one changes nothing. */
    claimedAt: timestampColumn('claimed_at'),
  },
  (table) => [
    unique('users_email_unique').on(table.email),
    unique('users_of_issuer').on(table.issuer, table.subject),
    check(
      'users_kind',
      sql`case when ${table.issuer} is null
        then ${table.email} is not null and num_nonnulls(${table.subject}, ${table.claimedEmail}, ${table.claimedAt}) = 0
        else num_nonnulls(${table.email}, ${table.emailVerifiedAt}) = 0 and num_nonnulls(${table.subject}, ${table.claimedAt}) = 2 end`,
    ),
    check('users_email_form', sql`${table.email} = lower(${table.email}) and length(${table.email}) between 3 and 320`),
    pgPolicy('users_visible', {
      for: 'select',
      using: sql`id = ${CURRENT_USER_ID} or email = nullif(current_setting('app.email', true), '')
        or exists (select from memberships where memberships.user_id = users.id and memberships.workspace_id = ${CURRENT_WORKSPACE_ID})
        or exists (select from audit_entries where audit_entries.actor_id = users.id and audit_entries.workspace_id = ${CURRENT_WORKSPACE_ID})`,
    }),
    pgPolicy('users_sign_up', {
      for: 'insert',
      withCheck: sql`id = ${CURRENT_USER_ID} and ${IS_NOT_CANONICAL} is not true`,
    }),
    // Two accounts of what looks like one address are reported to the operator.
    pgPolicy('users_not_canonical', { for: 'select', using: sql`${IS_MAINTENANCE} and ${IS_NOT_CANONICAL}` }),
    pgPolicy('users_change', {
      for: 'update',
      using: sql`id = ${CURRENT_USER_ID}`,
      withCheck: sql`id = ${CURRENT_USER_ID}`,
    }),
    pgPolicy('users_leave', { for: 'delete', using: sql`id = ${CURRENT_USER_ID}` }),
  ],
);
