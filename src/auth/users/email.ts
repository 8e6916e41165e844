import { domainToASCII, domainToUnicode } from 'node:url';
import { badInput } from '../../errors.ts';
import { composedEmail, invisibleIn } from '../../platform/user-text.ts';

export const MAX_EMAIL_LENGTH = 320;

/**
 * A name and a domain without the characters that have a meaning in the header of a mail (RFC 5322): mail software reads
 * `<ada@example.com>` as another address than it looks.
 */
const ADDRESS = /^[^\s@()<>[\]:;\\,"]+@([^\s@()<>[\]:;\\,"]+[^\s@()<>[\]:;\\,".])$/;

/**
 * An address as it is stored. Requires one @ with something visible on both sides, and the domain as it is written when it has
 * been read, so that a mailbox has one spelling; only a mail would tell whether the address exists. Throws BAD_USER_INPUT for `input.email`.
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
  // The longer a domain, the longer is each of its characters encoded.
  const [, domain] = (email.length <= MAX_EMAIL_LENGTH && ADDRESS.exec(email)) || [];
  const canonical = domainToUnicode(domainToASCII(domain ?? ''));
  if (domain === undefined || canonical === '') {
    throw badInput(
      'input.email',
      'Not a valid e-mail address.',
      `Use an address such as name@example.com, with at most ${MAX_EMAIL_LENGTH} characters.`,
    );
  }
  if (domain !== canonical) {
    throw badInput(
      'input.email',
      'The domain of the e-mail address is written in another way than mail servers read it.',
      `Write it as ${canonical}.`,
    );
  }
  return email;
}
