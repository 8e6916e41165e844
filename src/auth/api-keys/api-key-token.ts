import { createHash, randomBytes } from 'node:crypto';

/** How every key begins: secret scanners find it by that, and the server tells it from access tokens. */
const PREFIX = 'try_';

/** As many as a UUID has; the secret follows. */
const ID_BYTES = 16;

/** Beyond guessing, whatever the number of attempts. */
const SECRET_BYTES = 32;

/** So much of the secret's characters is shown: enough to tell keys apart, too little to help guessing. */
const SHOWN_CHARACTERS = 6;

/** What a key says: which workspace it is for, and the hash by which it is found there. */
export interface ParsedKey {
  readonly workspaceId: string;
  readonly keyHash: string;
}

/** A new key, as it is shown once. */
export function createKey(workspaceId: string): ParsedKey & { readonly key: string; readonly prefix: string } {
  const id = Buffer.from(workspaceId.replaceAll('-', ''), 'hex');
  const secret = randomBytes(SECRET_BYTES);
  const key = `${PREFIX}${Buffer.concat([secret, id]).toString('base64url')}`;
  return { key, prefix: key.slice(0, PREFIX.length + SHOWN_CHARACTERS), workspaceId, keyHash: hashOf(key) };
}

/** Null for a text that is no key. Whether the key exists is to be looked up. */
export function parseKey(text: string): ParsedKey | null {
  if (!text.startsWith(PREFIX)) return null;
  const encoded = text.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.length !== ID_BYTES + SECRET_BYTES || bytes.toString('base64url') !== encoded) return null;
  return { workspaceId: toUuid(bytes.subarray(SECRET_BYTES).toString('hex')), keyHash: hashOf(text) };
}

/**
 * Whom the sockets of a key belong to, in the form of an id: what only the key itself, or its hash, gives. A forged key has
 * another one, so that nobody uses up the sockets of a key that they do not have.
 */
export function principalOf({ keyHash }: Pick<ParsedKey, 'keyHash'>): string {
  return toUuid(keyHash.slice(0, 32));
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function toUuid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
