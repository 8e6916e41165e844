import { holderOf } from '../../auth/viewer.ts';
import { isUuid } from '../../platform/ids.ts';
import type { SignedToken, SignedTokens } from '../../platform/signed-tokens.ts';
import type { Context } from '../graphql/context.ts';
import type { LinkHolder } from './download-links.ts';

/** Path prefix of the addresses that parts of uploads are sent to. */
export const UPLOADS_PATH = '/uploads/';

const AUDIENCE = 'upload-part';

/** What the signature of an address vouches for: one part of an upload, and its size. */
export interface UploadPartClaims extends LinkHolder {
  /** Of the upload session. */
  readonly id: string;
  readonly number: number;
  readonly sizeBytes: number;
}

/** An address that takes a part of an upload until it expires. */
export interface SignedAddress extends Omit<SignedToken, 'token'> {
  readonly url: string;
}

/** Creates the signed addresses of parts of uploads, and reads them. */
export class UploadLinks {
  readonly #tokens: SignedTokens;

  constructor(tokens: SignedTokens) {
    this.#tokens = tokens;
  }

  async part(
    { origin, caller }: Context,
    { id, workspaceId, number, sizeBytes }: Omit<UploadPartClaims, 'holderId' | 'session'>,
    seconds: number,
  ): Promise<SignedAddress> {
    const claims = { workspace: workspaceId, holder: holderOf(caller.viewer), number, size: sizeBytes };
    const { token, expiresAt } = await this.#tokens.sign(AUDIENCE, id, claims, seconds);
    return { url: origin + UPLOADS_PATH + token, expiresAt };
  }

  /** The part of an address's path; null if its signature is not valid or no longer valid. */
  async read(path: string): Promise<UploadPartClaims | null> {
    const payload = await this.#tokens.read(AUDIENCE, path.slice(UPLOADS_PATH.length));
    if (payload === null) return null;
    const { sub: id, workspace: workspaceId, holder: holderId, number, size: sizeBytes } = payload;
    if (!isUuid(id) || !isUuid(workspaceId) || !isUuid(holderId)) return null;
    if (typeof number !== 'number' || typeof sizeBytes !== 'number') return null;
    return { workspaceId, holderId, session: null, id, number, sizeBytes };
  }
}
