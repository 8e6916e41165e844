import { randomUUID } from 'node:crypto';
import { badInput, notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { parseName } from '../../platform/user-text.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { announceSessionChange } from '../sessions/session.store.ts';
import { type Identity, nobody, type UserViewer, type Viewer } from '../viewer.ts';
import { lockMembers } from '../workspaces/membership.store.ts';
import type { Role } from '../workspaces/workspace.table.ts';
import {
  type ActiveKey,
  type ApiKeyRow,
  countApiKeys,
  findActiveKey,
  findKeyByHash,
  insertApiKey,
  listApiKeys,
  recordUse,
  revokeKey,
  roleOfKey,
} from './api-key.store.ts';
import { createKey, type ParsedKey, parseKey, principalOf } from './api-key-token.ts';

const MAX_NAME_LENGTH = 200;

/** Keys of a workspace: they are listed as a whole. */
const MAX_API_KEYS = 200;

/** A use is written at most once in this time. */
const USE_MILLISECONDS = 60_000;

/** What a key says of itself. Both ids are those of its sockets. */
export interface KeyClaims extends ParsedKey {
  readonly userId: string;
  readonly sessionId: string;
}

/** The keys of programs. */
export class ApiKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. */
  list(viewer: Viewer): Promise<ApiKeyRow[]> {
    return this.#database.transaction(viewer, (tx) => listApiKeys(tx, MAX_API_KEYS));
  }

  /** Makes a key, which is shown this once. Throws BAD_USER_INPUT, QUOTA_EXCEEDED. */
  async create(
    viewer: UserViewer,
    input: { readonly name: string; readonly role: Role; readonly expiresAt: Date | null },
  ): Promise<{ readonly key: string; readonly row: ApiKeyRow }> {
    const name = parseName(input.name, { argument: 'input.name', what: 'The name', maxLength: MAX_NAME_LENGTH });
    const { role, expiresAt } = input;
    const createdAt = new Date();
    if (expiresAt !== null && expiresAt <= createdAt) {
      throw badInput('input.expiresAt', 'expiresAt must be in the future.');
    }
    const { key, prefix, keyHash, workspaceId } = createKey(viewer.workspaceId);
    const row: ApiKeyRow = {
      ...{ id: randomUUID(), workspaceId, createdBy: viewer.userId, name, prefix, keyHash, role, createdAt, expiresAt },
      ...{ lastUsedAt: null, revokedAt: null },
    };
    await this.#database.transaction(viewer, async (tx) => {
      await lockMembers(tx);
      if ((await countApiKeys(tx)) >= MAX_API_KEYS) throw tooMany();
      await insertApiKey(tx, row);
      await recordAudit(tx, 'key.created', { subject: row.id, details: { name, role } });
    });
    return { key, row };
  }

  /** Ends a key: its sockets close. Throws NOT_FOUND where there is none, or it has been revoked. */
  async revoke(viewer: Viewer, id: string): Promise<void> {
    await this.#database.transaction(viewer, async (tx) => {
      const revoked = isUuid(id) ? await revokeKey(tx, id) : null;
      if (revoked === null) throw notFound('API key', id);
      await recordAudit(tx, 'key.revoked', { subject: id, details: { name: revoked.name } });
      await announceSessionChange(tx, principalOf(revoked));
    });
  }

  /** What a text that has the form of a key says; null for any other. Does not look whether the key exists. */
  verify(text: string): KeyClaims | null {
    const parsed = parseKey(text);
    if (parsed === null) return null;
    const principal = principalOf(parsed);
    return { ...parsed, userId: principal, sessionId: principal };
  }

  /** Who a key speaks for, or why nobody. Records the use. */
  async identify({ workspaceId, keyHash }: ParsedKey): Promise<Identity> {
    return await this.#database.transaction({ workspaceId }, async (tx): Promise<Identity> => {
      const active = await findActiveKey(tx, { keyHash });
      if (active === null) {
        return nobody((await findKeyByHash(tx, keyHash)) === null ? 'NO_TOKEN' : 'SESSION_ENDED');
      }
      const now = new Date();
      const before = new Date(now.getTime() - USE_MILLISECONDS);
      const { id, lastUsedAt } = active.key;
      if (lastUsedAt === null || lastUsedAt < before) await recordUse(tx, id, now, before);
      return { viewer: toViewer(active), reason: null };
    });
  }

  /** Of each whether its key is in force. All are sockets of the same key. */
  async areActive(claims: readonly ParsedKey[]): Promise<boolean[]> {
    const [claim] = claims;
    if (claim === undefined) return [];
    const { workspaceId, keyHash } = claim;
    const active = await this.#database.transaction({ workspaceId }, (tx) => findActiveKey(tx, { keyHash }));
    return claims.map(() => active !== null);
  }
}

function toViewer(active: ActiveKey): Viewer {
  const { id, workspaceId } = active.key;
  const noUser = { userId: null, membershipId: null, sessionId: null, outside: null };
  return { ...noUser, workspaceId, role: roleOfKey(active), apiKeyId: id };
}

function tooMany(): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', `The workspace has ${MAX_API_KEYS} API keys, the maximum.`, {
    hint: 'Revoke some of them.',
  });
}
