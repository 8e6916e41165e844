import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { type OutsideIssuer, tokenType } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { AccessClaims } from '../sessions/access-tokens.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { identityOf, type OutsideIdentity } from './outside-claims.ts';
import { outsideId } from './outside-id.ts';

/** How far the clocks of an issuer and this server may be apart. */
export const TOLERANCE_SECONDS = 10;

/** What a token of an outside issuer says. `userId` is of all tokens of a person or program, `sessionId` the same. */
export interface OutsideClaims extends AccessClaims {
  readonly identity: OutsideIdentity;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** A token that an outside issuer has signed for this server. */
export interface VerifiedOutside {
  readonly claims: OutsideClaims;
  readonly isExpired: boolean;
}

interface KnownIssuer {
  readonly settings: OutsideIssuer;
  readonly keys: Pick<IssuerKeys, 'find'>;
}

/** Verifies the access tokens of outside issuers. */
export class OutsideTokens {
  readonly #issuers: ReadonlyMap<string, KnownIssuer>;
  readonly #log: LimitedLog;

  constructor(issuers: readonly OutsideIssuer[], logger: Logger) {
    this.#log = LimitedLog.of(logger);
    this.#issuers = new Map(issuers.map((settings) => [settings.issuer, { settings, keys: this.#keysOf(settings) }]));
  }

  /**
   * The claims of a token, even if it has expired; null for one of no outside issuer, or a forged one. Throws FORBIDDEN where
   * its claims admit nobody, and SERVICE_UNAVAILABLE where the keys of its issuer cannot be read.
   */
  async verify(token: string): Promise<VerifiedOutside | null> {
    const issuer = this.#issuers.size === 0 ? undefined : this.#issuers.get(issuerOf(token) ?? '');
    if (issuer === undefined) return null;
    const { settings } = issuer;
    try {
      const { payload, isExpired } = await verifyBy(issuer, token);
      return { claims: toClaims(settings, payload), isExpired };
    } catch (error) {
      if (error instanceof TrainyardError && error.code !== 'FORBIDDEN') throw error;
      // Of jose, or of a key that cannot be used: the token says nothing that could be believed.
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ issuer: settings.issuer, reason }, 'refused a token of an outside issuer');
      if (error instanceof TrainyardError) throw error;
      return null;
    }
  }

  #keysOf(issuer: OutsideIssuer): IssuerKeys {
    const onFailure = (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ issuer: issuer.issuer, reason }, 'the keys of an outside issuer could not be read');
    };
    return new IssuerKeys({ issuer, onFailure });
  }
}

/** Throws an error of jose for a token that is not the issuer's, or not for this server. */
async function verifyBy(
  { settings, keys }: KnownIssuer,
  token: string,
): Promise<{ readonly payload: JWTPayload; readonly isExpired: boolean }> {
  const { typ } = decodeProtectedHeader(token);
  if (typeof typ !== 'string' || !settings.types.includes(tokenType(typ))) {
    throw new errors.JWTInvalid(`unexpected "typ" ${JSON.stringify(typ)?.slice(0, 100)}`);
  }
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      issuer: settings.issuer,
      audience: [...settings.audience],
      algorithms: [...settings.algorithms],
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['iat', 'exp'],
    });
    return { payload: checkedTimes(settings, payload), isExpired: false };
  } catch (error) {
    // jose checks the expiry last, so everything else about the token is valid.
    if (!(error instanceof errors.JWTExpired)) throw error;
    return { payload: checkedTimes(settings, error.payload), isExpired: true };
  }
}

function checkedTimes({ maxTokenSeconds }: OutsideIssuer, payload: JWTPayload): JWTPayload {
  const { iat = Number.NaN, exp = Number.NaN } = payload;
  if (!(iat <= Date.now() / 1_000 + TOLERANCE_SECONDS)) throw new errors.JWTInvalid('"iat" is in the future');
  if (!(exp - iat <= maxTokenSeconds)) throw new errors.JWTInvalid(`valid for more than ${maxTokenSeconds} s`);
  // It is good only with a proof that whoever sends it has a certain key (RFC 7800), which nobody asks for here.
  if (payload['cnf'] !== undefined) throw new errors.JWTInvalid('bound to a key by "cnf"');
  return payload;
}

function toClaims(settings: OutsideIssuer, payload: JWTPayload): OutsideClaims {
  const identity = identityOf(settings, payload);
  const userId = outsideId('user', identity.issuer, identity.subject);
  return {
    identity,
    ...{ userId, sessionId: userId, workspaceId: outsideId('workspace', identity.issuer, identity.workspace) },
    issuedAt: new Date((payload.iat ?? 0) * 1_000),
    expiresAt: new Date((payload.exp ?? 0) * 1_000),
  };
}

/** Whom a token says to be of, which is yet to be verified; null for a malformed one. */
function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
}
