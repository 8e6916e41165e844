import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify(argon2);

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIBIBYTES = 19_456;
const PASSES = 2;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

async function tag(password: string, salt: Buffer, memory: number, passes: number): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFKC'));
  const parameters = { message, nonce: salt, parallelism: 1, tagLength: TAG_BYTES, memory, passes };
  return await argon2Async('argon2id', parameters);
}

/** The hash of a password in the PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await tag(password, salt, MEMORY_KIBIBYTES, PASSES);
  return `$argon2id$v=19$m=${MEMORY_KIBIBYTES},t=${PASSES},p=1$${base64(salt)}$${base64(hash)}`;
}

/** Whether the hash belongs to this password. Takes as long for a wrong one. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([^$]+)\$([^$]+)$/.exec(hash);
  if (!match) throw new Error('A stored password hash is not in the argon2id form.');
  const [, memory = '', passes = '', salt = '', expected = ''] = match;
  const actual = await tag(password, Buffer.from(salt, 'base64'), Number(memory), Number(passes));
  return timingSafeEqual(actual, Buffer.from(expected, 'base64'));
}

/** A hash that no password matches: verified for unknown addresses, so that they take as long as known ones. */
export const UNMATCHABLE_HASH = `$argon2id$v=19$m=${MEMORY_KIBIBYTES},t=${PASSES},p=1$${base64(randomBytes(SALT_BYTES))}$${base64(randomBytes(TAG_BYTES))}`;

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
