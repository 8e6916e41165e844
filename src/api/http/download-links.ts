import type { DownloadClaims, SignedToken, Tokens } from '../../auth/sessions/access-tokens.ts';
import type { Context } from '../graphql/context.ts';

/** Path prefix of download links. */
export const DOWNLOADS_PATH = '/downloads/';

/** How long a link is reused; links are valid for minutes. */
const MAX_AGE_MILLISECONDS = 10_000;

/** A signature, pending or done. */
interface SignedOnce {
  readonly at: number;
  readonly token: Promise<SignedToken>;
}

/** The file of a link. */
export type LinkedFile = Pick<DownloadClaims, 'kind' | 'id'>;

export interface DownloadLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Creates signed download links, one per file and request. */
export class DownloadLinks {
  readonly #tokens: Tokens;
  readonly #signed = new WeakMap<Context['caller'], Map<string, SignedOnce>>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  async artifact(context: Context, id: string): Promise<string> {
    return (await this.create(context, { kind: 'artifact', id })).url;
  }

  async dataset(context: Context, id: string): Promise<string> {
    return (await this.create(context, { kind: 'dataset', id })).url;
  }

  /** A link, and until when it is valid. */
  async create({ origin, caller }: Context, { kind, id }: LinkedFile): Promise<DownloadLink> {
    const ofCaller = this.#signed.get(caller) ?? new Map<string, SignedOnce>();
    this.#signed.set(caller, ofCaller);
    const known = ofCaller.get(kind + id);
    // A subscription is one request that may last for hours.
    const isFresh = known !== undefined && performance.now() - known.at < MAX_AGE_MILLISECONDS;
    const signed = isFresh
      ? known
      : {
          at: performance.now(),
          token: this.#tokens.signDownload({ workspaceId: caller.viewer.workspaceId, kind, id }),
        };
    ofCaller.set(kind + id, signed);
    const { token, expiresAt } = await signed.token;
    return { url: origin + DOWNLOADS_PATH + token, expiresAt };
  }
}
