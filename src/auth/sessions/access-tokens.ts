import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { isUuid } from '../../platform/ids.ts';

const ISSUER = 'trainyard';

/** Half a day: no second sign-in during a working day, and a limit on how long a leaked token is valid. */
const ACCESS_TOKEN_SECONDS = 12 * 60 * 60;

/** Long enough to start a download, short enough that a link in a log is useless. */
const DOWNLOAD_SECONDS = 5 * 60;

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

/** The file of a download link. */
export interface DownloadClaims {
  readonly workspaceId: string;
  readonly kind: 'artifact' | 'dataset';
  readonly id: string;
}

/** Which part of an upload a signed address takes. */
export interface UploadPartClaims {
  readonly workspaceId: string;
  /** Of the upload session. */
  readonly id: string;
  readonly number: number;
  readonly sizeBytes: number;
}

export interface SignedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signs and verifies access tokens, download tokens and tokens of upload parts; one kind is never accepted as another. */
export class Tokens {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret);
  }

  signAccess({ userId, workspaceId, sessionId }: AccessClaims): Promise<SignedToken> {
    return this.#sign('access', userId, { workspace: workspaceId, sid: sessionId }, ACCESS_TOKEN_SECONDS);
  }

  /** The claims of an access token, even if it has expired; null if it is forged or of another kind. */
  async verifyAccess(token: string): Promise<VerifiedAccess | null> {
    const verified = await this.#verify('access', token);
    if (verified === null) return null;
    const { sub: userId, workspace: workspaceId, sid: sessionId, exp } = verified.payload;
    if (!isId(userId) || !isId(workspaceId) || !isId(sessionId) || exp === undefined) return null;
    const claims = { userId, workspaceId, sessionId, expiresAt: new Date(exp * 1000) };
    return { claims, isExpired: verified.isExpired };
  }

  signDownload(claims: DownloadClaims): Promise<SignedToken> {
    return this.#sign('download', claims.id, { workspace: claims.workspaceId, kind: claims.kind }, DOWNLOAD_SECONDS);
  }

  async readDownload(token: string): Promise<DownloadClaims | null> {
    const verified = await this.#verify('download', token);
    if (verified === null || verified.isExpired) return null;
    const { payload } = verified;
    const kind = payload['kind'];
    const workspaceId = payload['workspace'];
    if (typeof payload.sub !== 'string' || typeof workspaceId !== 'string' || !isUuid(workspaceId)) return null;
    return kind === 'artifact' || kind === 'dataset' ? { workspaceId, kind, id: payload.sub } : null;
  }

  signUploadPart({ id, workspaceId, number, sizeBytes }: UploadPartClaims, seconds: number): Promise<SignedToken> {
    return this.#sign('upload-part', id, { workspace: workspaceId, number, size: sizeBytes }, seconds);
  }

  async readUploadPart(token: string): Promise<UploadPartClaims | null> {
    const verified = await this.#verify('upload-part', token);
    if (verified === null || verified.isExpired) return null;
    const { sub: id, workspace: workspaceId, number, size: sizeBytes } = verified.payload;
    if (!isId(id) || !isId(workspaceId) || typeof number !== 'number' || typeof sizeBytes !== 'number') return null;
    return { workspaceId, id, number, sizeBytes };
  }

  async #sign(
    audience: string,
    subject: string,
    claims: Record<string, string | number>,
    seconds: number,
  ): Promise<SignedToken> {
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

  async #verify(audience: string, token: string): Promise<{ payload: JWTPayload; isExpired: boolean } | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, { issuer: ISSUER, audience, algorithms: ['HS256'] });
      return { payload, isExpired: false };
    } catch (error) {
      // jose checks the expiry last, so everything else about the token is valid. All other errors mean the same.
      return error instanceof errors.JWTExpired ? { payload: error.payload, isExpired: true } : null;
    }
  }
}

function isId(claim: unknown): claim is string {
  return typeof claim === 'string' && isUuid(claim);
}
