import { eq } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { users } from './user.table.ts';

export type UserRow = typeof users.$inferSelect;

/** What other members may know of a user. */
export type PublicUser = Pick<UserRow, 'id' | 'email' | 'name' | 'createdAt'>;

export async function insertUser(tx: Transaction, user: UserRow): Promise<void> {
  await tx.insert(users).values(user);
}

/** Requires a transaction in the scope of this address. */
export async function findUserByEmail(tx: Transaction, email: string): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.email, email));
  return user ?? null;
}
