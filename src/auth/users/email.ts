import { badInput } from '../../errors.ts';
import { composedEmail, invisibleIn } from '../../platform/user-text.ts';

export const MAX_EMAIL_LENGTH = 320;

/**
 * An address as it is stored. Requires one @ with something visible on both sides; only a mail would tell whether the address
 * exists. Throws BAD_USER_INPUT for `input.email`.
 */
export function parseEmail(text: string): string {
  const email = composedEmail(text);
  const invisible = invisibleIn(email, { isScript: false });
  if (invisible !== null) {
    throw badInput(
      'input.email',
      `The e-mail address has the character ${invisible}, which is invisible.`,
      'Remove it.',
    );
  }
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > MAX_EMAIL_LENGTH) {
    throw badInput(
      'input.email',
      'Not a valid e-mail address.',
      `Use an address such as name@example.com, with at most ${MAX_EMAIL_LENGTH} characters.`,
    );
  }
  return email;
}
