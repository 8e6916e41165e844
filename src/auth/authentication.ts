import { hash } from 'node:crypto';
import { TrainyardError } from '../errors.ts';
import type { RecentMemory, RecentValues } from '../platform/concurrency/recent-values.ts';
import type { ApiKeys, KeyClaims } from './api-keys/api-keys.service.ts';
import { isInForce, type OutsideIdentities } from './outside/outside-identities.service.ts';
import type { OutsideClaims } from './outside/outside-tokens.ts';
import type { AccessClaims, VerifiedAccess } from './sessions/access-tokens.ts';
import type { Credentials, SessionService, SessionState } from './sessions/session.service.ts';
import { type Identity, nobody } from './viewer.ts';

/** Who knows what each kind of token means. */
export interface TokenReaders {
  readonly sessions: Pick<SessionService, 'identify' | 'identifyClaims' | 'verifyToken' | 'states'>;
  readonly keys: Pick<ApiKeys, 'identify' | 'verify' | 'areActive'>;
  readonly outside: Pick<OutsideIdentities, 'identify' | 'verify'>;
}

/** Tells whom the token of a request speaks for: the user of a session, an API key, or whom an outside issuer has admitted. */
export class Authentication {
  readonly #readers: TokenReaders;
  /** By the hashes of credentials. Nobody is remembered as nobody. */
  readonly #recent: RecentValues<Identity>;

  constructor(readers: TokenReaders, memory: Pick<RecentMemory, 'open'>) {
    this.#readers = readers;
    this.#recent = memory.open(({ viewer }) => viewer !== null);
  }

  /** As `identify`, or what that found a moment ago: see RecentValues. */
  identifyRecently(credentials: Credentials): Promise<Identity> {
    const key = hash('sha256', JSON.stringify([credentials.bearer, credentials.cookie]), 'base64');
    return this.#recent.get(key, () => this.identify(credentials));
  }

  /**
   * The current identity of a request, or the reason why there is none. Throws BAD_REQUEST for another token beside a session's
   * cookie, and what `OutsideTokens.verify` throws.
   */
  async identify(credentials: Credentials): Promise<Identity> {
    const { bearer, cookie } = credentials;
    const { sessions } = this.#readers;
    const verified = bearer === null ? null : await this.#verifyOther(bearer);
    if (verified === null) return await sessions.identify(credentials);
    const session = cookie === null ? null : await sessions.verifyToken(cookie);
    if (session !== null && !session.isExpired) throw otherBesideCookie();
    return verified.isExpired ? nobody('TOKEN_EXPIRED') : await this.identifyClaims(verified.claims);
  }

  /** The current identity of a socket, whose token was verified before. */
  identifyClaims(claims: AccessClaims): Promise<Identity> {
    const { sessions, keys, outside } = this.#readers;
    if (isOfKey(claims)) return keys.identify(claims);
    return isOutside(claims) ? outside.identify(claims) : sessions.identifyClaims(claims);
  }

  /**
   * The claims of what a request or socket shows; null for nothing, or for a forged or malformed token. Does not check whether
   * its session or key is in force. A cookie is a session's: keys and tokens of outside issuers are of programs and pages that
   * send them themselves. Throws what `OutsideTokens.verify` throws.
   */
  async verify({ bearer, cookie }: Credentials): Promise<VerifiedAccess | null> {
    const { sessions } = this.#readers;
    if (bearer !== null) return (await this.#verifyOther(bearer)) ?? (await sessions.verifyToken(bearer));
    return cookie === null ? null : await sessions.verifyToken(cookie);
  }

  /** The states of sessions of one user, of one key or of one outside identity, in the order of their claims. */
  async states(userId: string, claims: readonly AccessClaims[]): Promise<SessionState[]> {
    const { sessions, keys } = this.#readers;
    if (claims.every(isOutside)) return claims.map((each) => (isInForce(each) ? 'ACTIVE' : 'EXPIRED'));
    if (!claims.every(isOfKey)) return await sessions.states(userId, claims);
    return (await keys.areActive(claims)).map((isActive) => (isActive ? 'ACTIVE' : 'ENDED'));
  }

  /** The claims of a token that belongs to no session. */
  async #verifyOther(token: string): Promise<VerifiedAccess | null> {
    const { keys, outside } = this.#readers;
    const claims = keys.verify(token);
    return claims === null ? await outside.verify(token) : { claims, isExpired: false };
  }
}

function isOfKey(claims: AccessClaims): claims is KeyClaims {
  return 'keyHash' in claims;
}

function isOutside(claims: AccessClaims): claims is OutsideClaims {
  return 'identity' in claims;
}

function otherBesideCookie(): TrainyardError {
  return new TrainyardError('BAD_REQUEST', 'The request has the cookie of a session, and a token that is of none.', {
    hint: 'Send one of them: leave out the header "authorization", or the cookies (credentials: "omit").',
  });
}
