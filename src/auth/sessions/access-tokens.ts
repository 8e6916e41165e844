import { isUuid } from '../../platform/ids.ts';
import type { SignedToken, SignedTokens } from '../../platform/signed-tokens.ts';

const AUDIENCE = 'access';

/** Half a day: no second sign-in during a working day, and a limit on how long a leaked token is valid. */
const VALID_SECONDS = 12 * 60 * 60;

/** The user, workspace and session of a token. Permissions are read from the database each time. */
export interface AccessClaims {
  readonly userId: string;
  readonly workspaceId: string;
  readonly sessionId: string;
}

/** The claims of a token, and its expiry. */
export interface ReadAccess extends AccessClaims {
  readonly expiresAt: Date;
}

/** A token that was signed by this server. */
export interface VerifiedAccess {
  readonly claims: ReadAccess;
  /** Whether it has expired. */
  readonly isExpired: boolean;
}

/** Signs and verifies the tokens that requests are authenticated with. */
export class AccessTokens {
  readonly #tokens: SignedTokens;

  constructor(tokens: SignedTokens) {
    this.#tokens = tokens;
  }

  sign({ userId, workspaceId, sessionId }: AccessClaims): Promise<SignedToken> {
    return this.#tokens.sign(AUDIENCE, userId, { workspace: workspaceId, sid: sessionId }, VALID_SECONDS);
  }

  /** The claims of an access token, even if it has expired; null if it is forged or of another kind. */
  async verify(token: string): Promise<VerifiedAccess | null> {
    const verified = await this.#tokens.verify(AUDIENCE, token);
    if (verified === null) return null;
    const { sub: userId, workspace: workspaceId, sid: sessionId, exp } = verified.payload;
    if (!isUuid(userId) || !isUuid(workspaceId) || !isUuid(sessionId) || exp === undefined) return null;
    const claims = { userId, workspaceId, sessionId, expiresAt: new Date(exp * 1000) };
    return { claims, isExpired: verified.isExpired };
  }
}
