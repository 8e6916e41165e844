import { createHash, randomUUID } from 'node:crypto';
import { isUuid } from '../../platform/ids.ts';
import type { SignedTokens } from '../../platform/signed-tokens.ts';
import { accountOf } from '../users/user-input.ts';

const AUDIENCE = 'device';

/** 96 bits. */
const FINGERPRINT_LENGTH = 16;

/** As long as browsers keep a cookie. */
export const DEVICE_SECONDS = 400 * 24 * 60 * 60;

/** Where somebody signs in from. */
export interface SignInOrigin {
  /** The client's address. */
  readonly address: string;
  /** A device that has signed in with the current password before, or the session that asks for it once more; null for any other. */
  readonly deviceId: string | null;
}

/** Finds the hash of an account's password; null for an account without one, and for none. */
export type FindPasswordHash = (email: string) => Promise<string | null>;

/** What the token of a device says, which this server has signed. */
export interface Device {
  readonly id: string;
  /** Of the password that it has signed in with; null in tokens of earlier versions. */
  readonly password: string | null;
}

/**
 * Devices that have signed in to an account, known by a signed token that browsers keep as a cookie, also when they are signed out.
 * It opens nothing: who has it waits in a lane of its own, so that no flood of sign-ins keeps the owner of an account out. It ends
 * with the password: who once knew that is no known device any more.
 */
export class KnownDevices {
  readonly #tokens: SignedTokens;
  readonly #findHash: FindPasswordHash;

  constructor(tokens: SignedTokens, findHash: FindPasswordHash) {
    this.#tokens = tokens;
    this.#findHash = findHash;
  }

  /** A token by which a device that has signed in to an account is known; `former`: the one that it has. */
  async remember(email: string, former: string | null): Promise<string> {
    const device = (await this.read(former, email))?.id ?? randomUUID();
    const hash = await this.#findHash(email);
    const claims = { device, ...(hash === null ? {} : { password: fingerprintOf(hash) }) };
    return (await this.#tokens.sign(AUDIENCE, subjectOf(email), claims, DEVICE_SECONDS)).token;
  }

  /** The device of a token, if that is for this account; otherwise null. Asks no database, nor whether the password is current. */
  async read(token: string | null, email: string): Promise<Device | null> {
    const payload = token === null ? null : await this.#tokens.read(AUDIENCE, token);
    if (payload?.sub !== subjectOf(email)) return null;
    const { device: id, password } = payload;
    return isUuid(id) ? { id, password: typeof password === 'string' ? password : null } : null;
  }

  /** Whether the account still has the password that a device has signed in with. */
  async isCurrent({ password }: Device, email: string): Promise<boolean> {
    const hash = password === null ? null : await this.#findHash(email);
    return hash !== null && fingerprintOf(hash) === password;
  }

  /** The id of the device, if its token is for this account and its current password; otherwise null. */
  async recognize(token: string | null, email: string): Promise<string | null> {
    const device = await this.read(token, email);
    return device !== null && (await this.isCurrent(device, email)) ? device.id : null;
  }
}

/** Tells passwords apart by their hashes, and says nothing of either: nobody can guess the salt that is in a hash. */
function fingerprintOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, FINGERPRINT_LENGTH);
}

/** The account, without its address: the cookie lies on a device that others may use. */
function subjectOf(email: string): string {
  return createHash('sha256').update(accountOf(email)).digest('base64url');
}
