import { createHash, randomUUID } from 'node:crypto';
import { isUuid } from '../../platform/ids.ts';
import type { SignedTokens } from '../../platform/signed-tokens.ts';
import { accountOf } from '../users/user-input.ts';

const AUDIENCE = 'device';

/** As long as browsers keep a cookie. */
export const DEVICE_SECONDS = 400 * 24 * 60 * 60;

/** Where somebody signs in from. */
export interface SignInOrigin {
  /** The client's address. */
  readonly address: string;
  /** A device that has signed in to the account before, or the session that asks for the password once more; null for any other. */
  readonly deviceId: string | null;
}

/**
 * Devices that have signed in to an account, known by a signed token that browsers keep as a cookie, also when they are signed out.
 * It opens nothing: who has it waits in a lane of its own, so that no flood of sign-ins keeps the owner of an account out.
 */
export class KnownDevices {
  readonly #tokens: SignedTokens;

  constructor(tokens: SignedTokens) {
    this.#tokens = tokens;
  }

  /** A token by which a device that has signed in to an account is known; `former`: the one that it has. */
  async remember(email: string, former: string | null): Promise<string> {
    const id = (await this.recognize(former, email)) ?? randomUUID();
    return (await this.#tokens.sign(AUDIENCE, subjectOf(email), { device: id }, DEVICE_SECONDS)).token;
  }

  /** The id of the device, if its token is for this account; otherwise null. */
  async recognize(token: string | null, email: string): Promise<string | null> {
    const payload = token === null ? null : await this.#tokens.read(AUDIENCE, token);
    if (payload?.sub !== subjectOf(email)) return null;
    const { device } = payload;
    return isUuid(device) ? device : null;
  }
}

/** The account, without its address: the cookie lies on a device that others may use. */
function subjectOf(email: string): string {
  return createHash('sha256').update(accountOf(email)).digest('base64url');
}
