import { randomUUID } from 'node:crypto';
import { TrainyardError } from '../../errors.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { type Identity, nobody, type Viewer } from '../viewer.ts';
import { MAX_MEMBERS } from '../workspaces/invitation.service.ts';
import { countMembers, lockMembers } from '../workspaces/membership.store.ts';
import {
  findOutsideMember,
  insertOutsideMember,
  insertOutsideWorkspace,
  type OutsideMember,
  putOutsideUser,
  updateOutsideMember,
} from './outside-identity.store.ts';
import { type OutsideClaims, type OutsideTokens, TOLERANCE_SECONDS, type VerifiedOutside } from './outside-tokens.ts';

/** Whom outside issuers have admitted: people and programs, who become members of their workspaces by their first token. */
export class OutsideIdentities {
  readonly #database: Database;
  readonly #tokens: Pick<OutsideTokens, 'verify'>;

  constructor(database: Database, tokens: Pick<OutsideTokens, 'verify'>) {
    this.#database = database;
    this.#tokens = tokens;
  }

  /** The claims of a token; null for one of no outside issuer, or a forged one. Throws what `OutsideTokens.verify` throws. */
  verify(token: string): Promise<VerifiedOutside | null> {
    return this.#tokens.verify(token);
  }

  /**
   * Whom a token is for, in the role that it gives. Makes what is missing: its workspace, user and membership. Throws
   * QUOTA_EXCEEDED where the workspace can have no more members.
   */
  async identify(claims: OutsideClaims): Promise<Identity> {
    if (!isInForce(claims)) return nobody('TOKEN_EXPIRED');
    const { userId, workspaceId, identity } = claims;
    const { issuer, subject, isMachine, role } = identity;
    const outside = { issuer, subject };
    const membershipId = await this.#database.transaction({ userId, workspaceId, outside }, async (tx) => {
      const member = await findOutsideMember(tx, userId);
      return member !== null && isCurrent(member, claims) ? member.id : await admit(tx, claims);
    });
    const viewer: Viewer = {
      ...{ userId: isMachine ? null : userId, workspaceId, membershipId, role },
      ...{ sessionId: null, apiKeyId: null, outside },
    };
    return { viewer, reason: null };
  }
}

/** Whether a token has not expired, nor has the tolerance after it. */
export function isInForce({ expiresAt }: Pick<OutsideClaims, 'expiresAt'>): boolean {
  return Date.now() < expiresAt.getTime() + TOLERANCE_SECONDS * 1_000;
}

/** Whether what a token says of a member is known, or what a newer one says. */
function isCurrent({ claimedAt }: OutsideMember, { issuedAt }: OutsideClaims): boolean {
  return claimedAt !== null && claimedAt >= issuedAt;
}

/** Makes a member, or notes what has changed about one, and tells the id. Requests of the same workspace wait for each other. */
async function admit(tx: Transaction, claims: OutsideClaims): Promise<string> {
  const { userId, workspaceId, identity, issuedAt } = claims;
  const { issuer, subject, workspace, workspaceName, name, email } = identity;
  await lockMembers(tx);
  if (await insertOutsideWorkspace(tx, { name: workspaceName, issuer, issuerName: workspace })) {
    await recordAudit(tx, 'workspace.created', { subject: workspaceId, details: { name: workspaceName } });
  }
  await putOutsideUser(tx, { id: userId, issuer, subject, name, email, issuedAt });
  const member = await findOutsideMember(tx, userId);
  if (member === null) return await join(tx, claims);
  if (!isCurrent(member, claims)) await change(tx, member, claims);
  return member.id;
}

async function join(tx: Transaction, { userId, workspaceId, identity, issuedAt }: OutsideClaims): Promise<string> {
  if ((await countMembers(tx)) >= MAX_MEMBERS) {
    throw new TrainyardError('QUOTA_EXCEEDED', `The workspace has ${MAX_MEMBERS} members, the maximum.`);
  }
  const id = randomUUID();
  const { role } = identity;
  await insertOutsideMember(tx, { id, workspaceId, userId, role, createdAt: new Date(), claimedAt: issuedAt });
  await recordAudit(tx, 'member.joined', { subject: id, details: { role } });
  return id;
}

async function change(tx: Transaction, { id, role: formerRole }: OutsideMember, claims: OutsideClaims): Promise<void> {
  const { role } = claims.identity;
  await updateOutsideMember(tx, id, { role, claimedAt: claims.issuedAt });
  if (role !== formerRole) await recordAudit(tx, 'member.changed', { subject: id, details: { role, formerRole } });
}
