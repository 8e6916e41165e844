import type { Database } from '../../platform/postgres/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { OutsideHolder } from '../viewer.ts';
import { listMembershipsOfUser } from '../workspaces/membership.store.ts';
import { outsideId } from './outside-id.ts';
import { deleteOutsideUser } from './outside-identity.store.ts';

/**
 * Removes what is known of a user of an outside issuer: their name, address and memberships, and the links that they asked for. What
 * they did stays. Whoever still gets tokens comes back with the next one. False for an unknown user.
 */
export async function removeOutsideUser(database: Database, outside: OutsideHolder): Promise<boolean> {
  const userId = outsideId('user', outside.issuer, outside.subject);
  return await database.transaction({ userId, outside }, async (tx) => {
    for (const { membership } of await listMembershipsOfUser(tx, userId)) {
      const { workspaceId, id: subject } = membership;
      await recordAudit(tx, 'member.removed', { workspaceId, subject, details: { userId, left: false } });
    }
    return await deleteOutsideUser(tx, userId);
  });
}
