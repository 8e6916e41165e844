import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';

const ISSUER = 'trainyard';

export interface SignedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** The payload of a token that was signed by this server. */
export interface VerifiedToken {
  readonly payload: JWTPayload;
  readonly isExpired: boolean;
}

/** What a token says beside its audience, subject and times. */
export type TokenClaims = Readonly<Record<string, string | number>>;

/** Signs and verifies tokens with one secret. A token of one audience is never accepted for another. */
export class SignedTokens {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret);
  }

  /** A token that is valid for so many seconds, to the full second. */
  async sign(audience: string, subject: string, claims: TokenClaims, seconds: number): Promise<SignedToken> {
    const expiresAt = new Date((Math.floor(Date.now() / 1000) + seconds) * 1000);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { token, expiresAt };
  }

  /** The payload of a token, even if it has expired; null if it is forged or for another audience. */
  async verify(audience: string, token: string): Promise<VerifiedToken | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, { issuer: ISSUER, audience, algorithms: ['HS256'] });
      return { payload, isExpired: false };
    } catch (error) {
      // jose checks the expiry last, so everything else about the token is valid. All other errors mean the same.
      return error instanceof errors.JWTExpired ? { payload: error.payload, isExpired: true } : null;
    }
  }

  /** The payload of a token that is still valid; null for any other. */
  async read(audience: string, token: string): Promise<JWTPayload | null> {
    const verified = await this.verify(audience, token);
    return verified === null || verified.isExpired ? null : verified.payload;
  }
}
