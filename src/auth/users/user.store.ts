import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { users } from './user.table.ts';

export type UserRow = typeof users.$inferSelect;

/** What other members may know of a user. */
export type PublicUser = Pick<UserRow, 'id' | 'email' | 'name' | 'createdAt'>;

export async function insertUser(tx: Transaction, user: Omit<UserRow, 'emailVerifiedAt'>): Promise<void> {
  await tx.insert(users).values(user);
}

/** Requires a transaction in the scope of this address. */
export async function findUserByEmail(tx: Transaction, email: string): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.email, email));
  return user ?? null;
}

/** Requires a transaction in the scope of this user. */
export async function findUser(tx: Transaction, id: string): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.id, id));
  return user ?? null;
}

export async function setPasswordHash(tx: Transaction, id: string, passwordHash: string): Promise<void> {
  await tx.update(users).set({ passwordHash }).where(eq(users.id, id));
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
