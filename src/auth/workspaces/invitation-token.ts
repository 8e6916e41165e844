import { createHash, randomBytes } from 'node:crypto';

/** As many as a UUID has; the secret follows. */
const ID_BYTES = 16;

/** Beyond guessing, whatever the number of attempts. */
const SECRET_BYTES = 32;

/** What a token says: which workspace it is for, and the hash by which the invitation is found there. */
export interface InvitationToken {
  readonly workspaceId: string;
  readonly tokenHash: string;
}

/** A new token, as it is sent to the invited person. */
export function createInvitationToken(workspaceId: string): InvitationToken & { readonly token: string } {
  const id = Buffer.from(workspaceId.replaceAll('-', ''), 'hex');
  const token = Buffer.concat([id, randomBytes(SECRET_BYTES)]).toString('base64url');
  return { token, workspaceId, tokenHash: hashOf(token) };
}

/** Null for a text that is no such token. Whether the invitation exists is to be looked up. */
export function parseInvitationToken(token: string): InvitationToken | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== ID_BYTES + SECRET_BYTES || bytes.toString('base64url') !== token) return null;
  const id = bytes.subarray(0, ID_BYTES).toString('hex');
  const workspaceId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { workspaceId, tokenHash: hashOf(token) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
