import { and, count, desc, eq, gt, isNull, lt, or, type SQL } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { memberships, ROLES, type Role } from '../workspaces/workspace.table.ts';
import { apiKeys } from './api-key.table.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** A key that is in force, with the role that its creator has now. */
export interface ActiveKey {
  readonly key: ApiKeyRow;
  readonly creatorRole: Role;
}

function isInForce(): SQL | undefined {
  return and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, new Date())));
}

export async function insertApiKey(tx: Transaction, key: ApiKeyRow): Promise<void> {
  await tx.insert(apiKeys).values(ownRow(tx, key));
}

/** Those that are not revoked, newest first. */
export async function listApiKeys(tx: Transaction, limit: number): Promise<ApiKeyRow[]> {
  return await tx
    .select()
    .from(apiKeys)
    .where(and(ofWorkspace(tx, apiKeys), isNull(apiKeys.revokedAt)))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
}

export async function countApiKeys(tx: Transaction): Promise<number> {
  const isKept = and(ofWorkspace(tx, apiKeys), isNull(apiKeys.revokedAt));
  const [row] = await tx.select({ keys: count() }).from(apiKeys).where(isKept);
  return row?.keys ?? 0;
}

/** The key with this hash, whether or not it is in force. */
export async function findKeyByHash(tx: Transaction, keyHash: string): Promise<ApiKeyRow | null> {
  const [row] = await tx
    .select()
    .from(apiKeys)
    .where(and(ofWorkspace(tx, apiKeys), eq(apiKeys.keyHash, keyHash)));
  return row ?? null;
}

/** A key that is in force, and whose creator is a member; by its hash or its id. */
export async function findActiveKey(
  tx: Transaction,
  key: { readonly keyHash: string } | { readonly id: string },
): Promise<ActiveKey | null> {
  const isMeant = 'id' in key ? eq(apiKeys.id, key.id) : eq(apiKeys.keyHash, key.keyHash);
  const isCreator = and(ofWorkspace(tx, memberships), eq(memberships.userId, apiKeys.createdBy));
  const [row] = await tx
    .select({ key: apiKeys, creatorRole: memberships.role })
    .from(apiKeys)
    .innerJoin(memberships, isCreator)
    .where(and(ofWorkspace(tx, apiKeys), isMeant, isInForce()));
  return row ?? null;
}

/** What a key gives: never more than whoever made it has. */
export function roleOfKey({ key: { role }, creatorRole }: ActiveKey): Role {
  return ROLES.indexOf(role) > ROLES.indexOf(creatorRole) ? role : creatorRole;
}

/** Records a use, unless one was recorded after `before`. */
export async function recordUse(tx: Transaction, id: string, now: Date, before: Date): Promise<void> {
  const isDue = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, before));
  await tx
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(ofWorkspace(tx, apiKeys), eq(apiKeys.id, id), isDue));
}

/** Null where there is none, or it has been revoked. */
export async function revokeKey(tx: Transaction, id: string): Promise<ApiKeyRow | null> {
  const [row] = await tx
    .update(apiKeys)
    .set({ revokedAt: new Date() })
    .where(and(ofWorkspace(tx, apiKeys), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning();
  return row ?? null;
}

/** Revokes those that a member made in the workspace. */
export async function revokeKeysOfMember(tx: Transaction, userId: string): Promise<ApiKeyRow[]> {
  return await tx
    .update(apiKeys)
    .set({ revokedAt: new Date() })
    .where(and(ofWorkspace(tx, apiKeys), eq(apiKeys.createdBy, userId), isNull(apiKeys.revokedAt)))
    .returning();
}

/** Revokes those that a user made in any workspace. Requires a transaction in the scope of this user. */
export async function revokeKeysOfUser(tx: Transaction, userId: string): Promise<ApiKeyRow[]> {
  return await tx
    .update(apiKeys)
    .set({ revokedAt: new Date() })
    .where(and(eq(apiKeys.createdBy, userId), isNull(apiKeys.revokedAt)))
    .returning();
}

/** Revokes all keys of the workspace, and gives those that were in force. */
export async function revokeAllKeys(tx: Transaction): Promise<ApiKeyRow[]> {
  return await tx
    .update(apiKeys)
    .set({ revokedAt: new Date() })
    .where(and(ofWorkspace(tx, apiKeys), isNull(apiKeys.revokedAt)))
    .returning();
}
