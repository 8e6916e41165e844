import type { SignedToken, Tokens, UploadPartClaims } from '../../auth/sessions/access-tokens.ts';
import type { Context } from '../graphql/context.ts';

/** Path prefix of the addresses that parts of uploads are sent to. */
export const UPLOADS_PATH = '/uploads/';

/** An address that takes a part of an upload until it expires. */
export interface SignedAddress extends Omit<SignedToken, 'token'> {
  readonly url: string;
}

/** Creates the signed addresses of parts of uploads. */
export class UploadLinks {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  async part({ origin }: Context, claims: UploadPartClaims, seconds: number): Promise<SignedAddress> {
    const { token, expiresAt } = await this.#tokens.signUploadPart(claims, seconds);
    return { url: origin + UPLOADS_PATH + token, expiresAt };
  }
}
