import { and, count, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOfRows } from '../../platform/postgres/keyset.ts';
import type { ApiKeyRow } from '../api-keys/api-key.store.ts';
import { apiKeys } from '../api-keys/api-key.table.ts';
import { PUBLIC_USER, type PublicUser } from '../users/user.store.ts';
import { users } from '../users/user.table.ts';
import { type AuditDetails, auditEntries } from './audit.table.ts';

export type AuditEntryRow = typeof auditEntries.$inferSelect;

/** An entry with whoever did it; null if that was the server, or the account is gone. */
export interface AuditEntryRecord extends AuditEntryRow {
  readonly actor: PublicUser | null;
  readonly apiKey: ApiKeyRow | null;
}

export async function insertAuditEntry(tx: Transaction, entry: AuditEntryRow): Promise<void> {
  await tx.insert(auditEntries).values(ownRow(tx, entry));
}

/** The same for any workspace that the user of the transaction belongs to, which its policy checks. */
export async function insertAuditEntryOfMember(tx: Transaction, entry: AuditEntryRow): Promise<void> {
  await tx.insert(auditEntries).values(entry);
}

/**
 * Tells each workspace of a user that somebody failed to sign in as them; of one minute only the first time. For an id of
 * nobody it does nothing, by the same statement. Requires a transaction in the scope of this user.
 */
export async function insertRefusedSignIn(
  tx: Transaction,
  user: { readonly id: string; readonly email: string },
  details: AuditDetails,
): Promise<void> {
  await tx.execute(sql`insert into audit_entries (id, workspace_id, created_at, action, subject, details)
    select left(encode(sha256(convert_to(concat(memberships.workspace_id, memberships.user_id, date_trunc('minute', now())), 'utf8')),
      'hex'), 32)::uuid, memberships.workspace_id, date_trunc('milliseconds', now()), 'session.refused', ${user.email}, ${JSON.stringify(details)}::jsonb
    from memberships where memberships.user_id = ${user.id}
    on conflict do nothing`);
}

/** Newest first, and one more than the page holds. Requires the role OWNER in the scope. */
export async function listAuditEntries(tx: Transaction, { first, after }: PageOfRows): Promise<AuditEntryRecord[]> {
  const rows = await tx
    .select({ entry: auditEntries, actor: PUBLIC_USER, apiKey: apiKeys })
    .from(auditEntries)
    .leftJoin(users, eq(users.id, auditEntries.actorId))
    .leftJoin(apiKeys, and(ofWorkspace(tx, apiKeys), eq(apiKeys.id, auditEntries.apiKeyId)))
    .where(and(ofWorkspace(tx, auditEntries), olderThan(auditEntries, after)))
    .orderBy(...newerFirst(auditEntries))
    .limit(first + 1);
  return rows.map((row) => ({ ...row.entry, actor: row.actor, apiKey: row.apiKey }));
}

export async function countAuditEntries(tx: Transaction): Promise<number> {
  const [row] = await tx.select({ entries: count() }).from(auditEntries).where(ofWorkspace(tx, auditEntries));
  return row?.entries ?? 0;
}

/** How many entries of an action and subject there are since then. Requires the role OWNER in the scope. */
export async function countEntriesOf(tx: Transaction, action: string, subject: string, since: Date): Promise<number> {
  const isMeant = and(eq(auditEntries.action, action), eq(auditEntries.subject, subject));
  const [row] = await tx
    .select({ entries: count() })
    .from(auditEntries)
    .where(and(ofWorkspace(tx, auditEntries), isMeant, gt(auditEntries.createdAt, since)));
  return row?.entries ?? 0;
}

/** Deletes entries of all workspaces from before that, at most so many; returns how many. Requires a maintenance scope. */
export async function deleteOldAuditEntries(tx: Transaction, before: Date, limit: number): Promise<number> {
  const old = tx
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .where(lt(auditEntries.createdAt, before))
    .orderBy(auditEntries.createdAt)
    .limit(limit);
  const deleted = await tx.delete(auditEntries).where(inArray(auditEntries.id, old)).returning({ id: auditEntries.id });
  return deleted.length;
}
