import { badInput } from '../../errors.ts';
import { composedEmail, parseName } from '../../platform/user-text.ts';
import { MAX_EMAIL_LENGTH } from './email.ts';

const MIN_PASSWORD_LENGTH = 8;
/** Longer passwords would only cost time to hash. */
export const MAX_PASSWORD_LENGTH = 1_000;
export const MAX_NAME_LENGTH = 200;

/** The forms in which an address may be stored: earlier versions did not normalise it to composed letters. */
export function emailForms(text: string): ReadonlySet<string> {
  return new Set([text.trim().toLowerCase(), composedEmail(text)]);
}

/** What stands for an account in the queue of passwords, also for an address that nobody has. */
export function accountOf(email: string): string {
  return composedEmail(email.slice(0, MAX_EMAIL_LENGTH));
}

/** Throws BAD_USER_INPUT for a password that is too short or too long. */
export function checkPassword(password: string, argument = 'input.password'): void {
  if (password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH) return;
  throw badInput(
    argument,
    `The password must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters; it has ${password.length}.`,
  );
}

/** Null for an empty name. */
export function parseUserName(text: string | null, argument = 'input.name'): string | null {
  if (text === null || text.trim() === '') return null;
  return parseName(text, { argument, what: 'The name', maxLength: MAX_NAME_LENGTH });
}
