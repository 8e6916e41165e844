import { randomUUID } from 'node:crypto';
import { type Database, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import { insertAuditEntry, insertAuditEntryOfMember, insertRefusedSignIn } from './audit.store.ts';
import type { AuditDetails } from './audit.table.ts';
import type { AuditAction } from './audit-action.ts';

/** Far more than an id or an address has. */
const MAX_SUBJECT_LENGTH = 400;

/** What is recorded beside who did it and when. */
export interface AuditFacts {
  /** What it was done to: an id, or an address. */
  readonly subject?: string;
  readonly details?: AuditDetails;
  /** Default: the workspace of the transaction. Another one is one that its user belongs to. */
  readonly workspaceId?: string;
}

/**
 * Records that something was done, in the transaction that does it: the entry exists if and only if that commits. Whoever
 * the transaction acts for has done it; of whom an outside issuer has admitted, the details name that and the subject. Details
 * must hold no secret.
 */
export async function recordAudit(
  tx: Transaction,
  action: AuditAction,
  { subject, details, workspaceId }: AuditFacts = {},
): Promise<void> {
  const { userId, apiKeyId, outside } = tx.scope;
  const insert = workspaceId === undefined ? insertAuditEntry : insertAuditEntryOfMember;
  await insert(tx, {
    id: randomUUID(),
    workspaceId: workspaceId ?? workspaceOf(tx),
    createdAt: new Date(),
    action,
    actorId: userId ?? null,
    apiKeyId: apiKeyId ?? null,
    subject: subject?.slice(0, MAX_SUBJECT_LENGTH) ?? null,
    details: outside ? { ...details, issuer: outside.issuer, subject: outside.subject } : (details ?? null),
  });
}

/**
 * Records a failed sign-in for an account, in every workspace that its user belongs to. Where there is no such account it
 * does the same work, and records nothing.
 */
export async function recordRefusedSignIn(
  database: Database,
  {
    user,
    address,
  }: { readonly user: { readonly id: string; readonly email: string } | null; readonly address: string },
): Promise<void> {
  const { id, email } = user ?? { id: randomUUID(), email: '' };
  await database.transaction({ userId: id }, (tx) => insertRefusedSignIn(tx, { id, email }, { address }));
}
