import { createHash, createHmac, randomBytes } from 'node:crypto';

/** Unguessable, also in a hundred years. */
const SECRET_BYTES = 32;
const ID_BYTES = 16;

/**
 * A random secret that names its user, so that it can be looked up in the scope of that user. It is given to the user and
 * never stored: the database has its hash. Its text begins with a prefix that says what it is.
 */
export class UserSecret {
  readonly prefix: string;
  readonly userId: string;
  readonly #secret: Buffer;

  private constructor(prefix: string, userId: string, secret: Buffer) {
    this.prefix = prefix;
    this.userId = userId;
    this.#secret = secret;
  }

  static make(prefix: string, userId: string): UserSecret {
    return new UserSecret(prefix, userId, randomBytes(SECRET_BYTES));
  }

  /** Null for a text that is none of this prefix. */
  static parse(prefix: string, text: string): UserSecret | null {
    if (!text.startsWith(prefix)) return null;
    const encoded = text.slice(prefix.length);
    const bytes = Buffer.from(encoded, 'base64url');
    if (bytes.length !== ID_BYTES + SECRET_BYTES || bytes.toString('base64url') !== encoded) return null;
    const hex = bytes.subarray(0, ID_BYTES).toString('hex');
    const userId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return new UserSecret(prefix, userId, bytes.subarray(ID_BYTES));
  }

  /** The text that its user keeps. */
  get text(): string {
    const id = Buffer.from(this.userId.replaceAll('-', ''), 'hex');
    return this.prefix + Buffer.concat([id, this.#secret]).toString('base64url');
  }

  /** What the database has of it. A fast hash is enough: it cannot be guessed. */
  get hash(): Buffer {
    return createHash('sha256').update(this.text).digest();
  }

  /** Another secret of the same user, which only who has this one can derive. */
  successor(salt: Uint8Array): UserSecret {
    const secret = createHmac('sha256', this.#secret).update(salt).digest();
    return new UserSecret(this.prefix, this.userId, secret);
  }
}
