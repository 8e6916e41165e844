import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { passwordHashes } from './password-hash.table.ts';
import { IS_NOT_CANONICAL, users } from './user.table.ts';

/** A user of this server itself, who has an address. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly emailVerifiedAt: Date | null;
  readonly createdAt: Date;
}

const USER_ROW = {
  id: users.id,
  email: sql<string>`${users.email}`,
  name: users.name,
  emailVerifiedAt: users.emailVerifiedAt,
  createdAt: users.createdAt,
};

/** A user with the hash of their password; null for who has none. */
export interface Credentials {
  readonly user: UserRow;
  readonly passwordHash: string | null;
}

/** What other members may know of a user. */
export interface PublicUser {
  readonly id: string;
  /** Of whom an outside issuer has admitted, what that says; null where it says nothing. */
  readonly email: string | null;
  readonly name: string | null;
  readonly createdAt: Date;
}

/** Its columns. */
export const PUBLIC_USER = {
  id: users.id,
  email: sql<string | null>`coalesce(${users.email}, ${users.claimedEmail})`,
  name: users.name,
  createdAt: users.createdAt,
};

/** Holds for this server's own users, and not for those of outside issuers. */
function isOwn(): SQL {
  return isNull(users.issuer);
}

export async function insertUser(tx: Transaction, user: Omit<UserRow, 'emailVerifiedAt'>): Promise<void> {
  await tx.insert(users).values(user);
}

/** Requires a transaction in the scope of this address. */
export async function findUserByEmail(tx: Transaction, email: string): Promise<UserRow | null> {
  const [user] = await tx
    .select(USER_ROW)
    .from(users)
    .where(and(isOwn(), eq(users.email, email)));
  return user ?? null;
}

/** Accounts of earlier versions whose addresses are not canonical, oldest first. Requires a maintenance transaction. */
export async function listUncanonicalUsers(tx: Transaction): Promise<UserRow[]> {
  return await tx.select(USER_ROW).from(users).where(IS_NOT_CANONICAL).orderBy(users.createdAt, users.id);
}

/** Requires a transaction in the scope of this user. */
export async function findUser(tx: Transaction, id: string): Promise<UserRow | null> {
  const [user] = await tx
    .select(USER_ROW)
    .from(users)
    .where(and(isOwn(), eq(users.id, id)));
  return user ?? null;
}

/** Requires a transaction in the scope of this address, and in no workspace. */
export async function findCredentials(tx: Transaction, email: string): Promise<Credentials | null> {
  const [row] = await tx
    .select({ user: USER_ROW, passwordHash: passwordHashes.hash })
    .from(users)
    .leftJoin(passwordHashes, eq(passwordHashes.userId, users.id))
    .where(and(isOwn(), eq(users.email, email)));
  return row ?? null;
}

/** The first one of a user. Requires a transaction in the scope of this user. */
export async function insertPasswordHash(tx: Transaction, userId: string, hash: string): Promise<void> {
  await tx.insert(passwordHashes).values({ userId, hash });
}

/** Requires a transaction in the scope of this user and their address, and in no workspace. */
export async function setPasswordHash(tx: Transaction, userId: string, hash: string): Promise<void> {
  await tx
    .insert(passwordHashes)
    .values({ userId, hash })
    .onConflictDoUpdate({ target: passwordHashes.userId, set: { hash } });
}

export async function setUserName(tx: Transaction, id: string, name: string | null): Promise<void> {
  await tx.update(users).set({ name }).where(eq(users.id, id));
}

/** Notes that the user has read a mail to their address. */
export async function markEmailVerified(tx: Transaction, id: string): Promise<void> {
  const emailVerifiedAt = sql`coalesce(${users.emailVerifiedAt}, clock_timestamp())`;
  await tx.update(users).set({ emailVerifiedAt }).where(eq(users.id, id));
}

export async function deleteUser(tx: Transaction, id: string): Promise<void> {
  await tx.delete(users).where(eq(users.id, id));
}
