import { hash } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { isUuid } from '../../platform/ids.ts';
import type { SignedToken, SignedTokens, VerifiedToken } from '../../platform/signed-tokens.ts';
import type { TokenKeys } from './token-keys.ts';

const ISSUER = 'trainyard';
const AUDIENCE = 'access';
const ALGORITHM = 'EdDSA';
/** Of RFC 9068: no other token of this server, or of another issuer with the same key, is taken for an access token. */
const TYPE = 'at+jwt';

/** A leaked token is useless after a quarter of an hour; refreshSession gives the next one. */
const VALID_SECONDS = 15 * 60;

/** Tokens whose signature is known to be valid: a few hundred bytes each. */
const MAX_KNOWN_TOKENS = 10_000;

/** The user, workspace and session of a token. Permissions are read from the database each time. */
export interface AccessClaims {
  readonly userId: string;
  readonly workspaceId: string;
  readonly sessionId: string;
  /**
   * Signed with TOKEN_SECRET, as all tokens were before there were key pairs. Valid only for sessions of that time, which have
   * no refresh token: so the secret, which also signs links, opens no session of today.
   */
  readonly isOfSecret?: boolean;
  /** Of an outside issuer's token: it has no session, and what it opened ends with it. */
  readonly expiresAt?: Date;
}

/** A token that was signed by this server. */
export interface VerifiedAccess {
  readonly claims: AccessClaims;
  /** Whether it has expired. */
  readonly isExpired: boolean;
}

interface KnownToken {
  readonly claims: AccessClaims;
  readonly expiresAtSeconds: number;
}

/** Signs and verifies the tokens that requests are authenticated with. */
export class AccessTokens {
  readonly #keys: TokenKeys;
  readonly #ofSecret: SignedTokens;
  /**
   * By the hashes of tokens. Only a valid signature is remembered, which stays valid: whether a token has expired is looked at each
   * time, and callers ask the database whether its session is active.
   */
  readonly #known = new LRUCache<string, KnownToken>({ max: MAX_KNOWN_TOKENS });

  /** `ofSecret`: what signed access tokens before there were key pairs. */
  constructor(keys: TokenKeys, ofSecret: SignedTokens) {
    this.#keys = keys;
    this.#ofSecret = ofSecret;
  }

  async sign({ userId, workspaceId, sessionId }: AccessClaims): Promise<SignedToken> {
    const expiresAt = new Date((Math.floor(Date.now() / 1000) + VALID_SECONDS) * 1000);
    const { id, privateKey } = this.#keys.signing;
    const token = await new SignJWT({ workspace: workspaceId, sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: id })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expiresAt };
  }

  /** The claims of an access token, even if it has expired; null if it is forged or of another kind. */
  async verify(token: string): Promise<VerifiedAccess | null> {
    const key = hash('sha256', token, 'base64');
    const known = this.#known.get(key);
    if (known !== undefined) {
      return { claims: known.claims, isExpired: known.expiresAtSeconds <= Math.floor(Date.now() / 1000) };
    }
    const verified = await this.#verifyUnknown(token);
    if (verified === null) return null;
    const { exp, ...access } = verified;
    if (exp !== undefined) this.#known.set(key, { claims: access.claims, expiresAtSeconds: exp });
    return access;
  }

  /** With the time of expiry, in seconds since 1970. */
  async #verifyUnknown(token: string): Promise<(VerifiedAccess & { readonly exp: number | undefined }) | null> {
    const isOfSecret = algorithmOf(token) === 'HS256';
    const verified = isOfSecret ? await this.#ofSecret.verify(AUDIENCE, token) : await this.#verifySignature(token);
    if (verified === null) return null;
    const { sub: userId, workspace: workspaceId, sid: sessionId, exp } = verified.payload;
    if (!isUuid(userId) || !isUuid(workspaceId) || !isUuid(sessionId)) return null;
    return { claims: { userId, workspaceId, sessionId, isOfSecret }, isExpired: verified.isExpired, exp };
  }

  async #verifySignature(token: string): Promise<VerifiedToken | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: [ALGORITHM],
        typ: TYPE,
        requiredClaims: ['sub', 'iat', 'exp'],
      });
      return isForOneAudience(payload) ? { payload, isExpired: false } : null;
    } catch (error) {
      // jose checks the expiry last, so everything else about the token is valid. All other errors mean the same.
      if (!(error instanceof errors.JWTExpired)) return null;
      return isForOneAudience(error.payload) ? { payload: error.payload, isExpired: true } : null;
    }
  }

  #keyOf(id: string | undefined) {
    const key = this.#keys.publicKey(id);
    if (key === null) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}

/** jose also takes a list with the audience in it, which this server never makes. */
function isForOneAudience({ aud }: JWTPayload): boolean {
  return aud === AUDIENCE;
}

/** The algorithm that a token names; null for a malformed one. */
function algorithmOf(token: string): string | null {
  try {
    return decodeProtectedHeader(token).alg ?? null;
  } catch {
    return null;
  }
}
