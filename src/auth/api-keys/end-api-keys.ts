import type { Transaction } from '../../platform/postgres/database.ts';
import { announceSessionChange } from '../sessions/session.store.ts';
import { type ApiKeyRow, revokeKeysOfMember, revokeKeysOfUser } from './api-key.store.ts';
import { principalOf } from './api-key-token.ts';

/** Ends all keys of a user, in every workspace, and closes their sockets. Requires a transaction in the user's scope. */
export async function endKeysOfUser(tx: Transaction, userId: string): Promise<void> {
  await announce(tx, await revokeKeysOfUser(tx, userId));
}

/** The same in the workspace of the transaction alone. */
export async function endKeysOfMember(tx: Transaction, userId: string): Promise<void> {
  await announce(tx, await revokeKeysOfMember(tx, userId));
}

async function announce(tx: Transaction, revoked: readonly ApiKeyRow[]): Promise<void> {
  for (const key of revoked) await announceSessionChange(tx, principalOf(key));
}
