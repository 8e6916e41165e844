import { TrainyardError } from '../errors.ts';
import type { ApiKeys, KeyClaims } from './api-keys/api-keys.service.ts';
import type { AccessClaims, VerifiedAccess } from './sessions/access-tokens.ts';
import type { Credentials, SessionService, SessionState } from './sessions/session.service.ts';
import type { Identity } from './viewer.ts';

type Sessions = Pick<SessionService, 'identify' | 'identifyClaims' | 'verifyToken' | 'states'>;
type Keys = Pick<ApiKeys, 'identify' | 'verify' | 'areActive'>;

/** Tells whom the token of a request speaks for: the user of a session, or an API key. */
export class Authentication {
  readonly #sessions: Sessions;
  readonly #keys: Keys;

  constructor(sessions: Sessions, keys: Keys) {
    this.#sessions = sessions;
    this.#keys = keys;
  }

  /** The current identity of a request, or the reason why there is none. Throws BAD_REQUEST for a key beside a session's cookie. */
  async identify(credentials: Credentials): Promise<Identity> {
    const { bearer, cookie } = credentials;
    const key = bearer === null ? null : this.#keys.verify(bearer);
    if (key === null) return await this.#sessions.identify(credentials);
    const session = cookie === null ? null : await this.#sessions.verifyToken(cookie);
    if (session !== null && !session.isExpired) throw keyBesideCookie();
    return await this.#keys.identify(key);
  }

  /** The current identity of a socket, whose token was verified before. */
  identifyClaims(claims: AccessClaims): Promise<Identity> {
    return isOfKey(claims) ? this.#keys.identify(claims) : this.#sessions.identifyClaims(claims);
  }

  /** The claims of a token; null for a forged or malformed one. Does not check whether its session or key is in force. */
  async verifyToken(token: string): Promise<VerifiedAccess | null> {
    const claims = this.#keys.verify(token);
    return claims === null ? await this.#sessions.verifyToken(token) : { claims, isExpired: false };
  }

  /** The states of sessions of one user, or of one key, in the order of their claims. */
  async states(userId: string, claims: readonly AccessClaims[]): Promise<SessionState[]> {
    if (!claims.every(isOfKey)) return await this.#sessions.states(userId, claims);
    return (await this.#keys.areActive(claims)).map((isActive) => (isActive ? 'ACTIVE' : 'ENDED'));
  }
}

function isOfKey(claims: AccessClaims): claims is KeyClaims {
  return 'keyHash' in claims;
}

function keyBesideCookie(): TrainyardError {
  return new TrainyardError('BAD_REQUEST', 'The request has an API key and the cookie of a session.', {
    hint: 'Send one of them: leave out the header "authorization", or the cookies (credentials: "omit").',
  });
}
