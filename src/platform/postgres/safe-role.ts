import { errorCodeOf } from '../error-code.ts';

/**
 * The statement with which the database itself refuses a connection whose role sees through row-level security, or could: it
 * ends the transaction that it stands in. Its function is made by the migrations.
 */
export const CHECK_ROLE = 'select public.refuse_unsafe_role()';

/** The SQLSTATE of such a refusal. */
const UNSAFE_ROLE = 'TY001';

/** True for the refusal of a connection, whose message says why. */
export function isUnsafeRole(error: unknown): error is Error {
  return errorCodeOf(error) === UNSAFE_ROLE;
}
