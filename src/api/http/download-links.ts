import { holderOf } from '../../auth/viewer.ts';
import type { Role } from '../../auth/workspaces/workspace.table.ts';
import { isUuid } from '../../platform/ids.ts';
import type { SignedToken, SignedTokens } from '../../platform/signed-tokens.ts';
import type { Context } from '../graphql/context.ts';

/** Path prefix of download links. */
export const DOWNLOADS_PATH = '/downloads/';

const AUDIENCE = 'download';

/** Long enough to start a download, short enough that a link in a log is useless. */
const VALID_SECONDS = 5 * 60;

/** How long a link is reused; links are valid for minutes. */
const MAX_AGE_MILLISECONDS = 10_000;

/** A signature, pending or done. */
interface SignedOnce {
  readonly at: number;
  readonly token: Promise<SignedToken>;
}

/** Whose link it is. */
export interface LinkHolder {
  readonly workspaceId: string;
  /** Id of the membership, or of the API key, that asked for it. */
  readonly holderId: string;
  /** The session that the link ends with; null if it was asked for without one, or outlives it, as that of an upload does. */
  readonly session: { readonly userId: string; readonly sessionId: string } | null;
}

/** Tells whether links of a holder still work: they end with the membership or the key, and with their session. */
export interface LinkHolders {
  /** The role of the holder now; null where the links have ended. */
  roleOf(holder: LinkHolder): Promise<Role | null>;
}

/** The kinds of files: as they are stored, or written when they are downloaded. */
const FILE_KINDS = [
  'artifact',
  'dataset',
  'predictions',
  'batch-prediction',
  'out-of-fold',
  'ml-cart',
  'ml-logistic-regression',
  'onnx',
] as const;
type FileKind = (typeof FILE_KINDS)[number];

/** What the signature of a link vouches for: one file of a workspace. */
export interface DownloadClaims extends LinkHolder {
  readonly kind: FileKind;
  readonly id: string;
}

/** The file of a link. */
export type LinkedFile = Pick<DownloadClaims, 'kind' | 'id'>;

export interface DownloadLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Creates signed download links, one per file and request, and reads them. */
export class DownloadLinks {
  readonly #tokens: SignedTokens;
  readonly #signed = new WeakMap<Context['caller'], Map<string, SignedOnce>>();

  constructor(tokens: SignedTokens) {
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
    const { workspaceId: workspace, userId: user, sessionId } = caller.viewer;
    const session = user === null || sessionId === null ? null : { user, session: sessionId };
    const claims = { workspace, holder: holderOf(caller.viewer), kind, ...session };
    const signed = isFresh
      ? known
      : { at: performance.now(), token: this.#tokens.sign(AUDIENCE, id, claims, VALID_SECONDS) };
    ofCaller.set(kind + id, signed);
    const { token, expiresAt } = await signed.token;
    return { url: origin + DOWNLOADS_PATH + token, expiresAt };
  }

  /** The file of a link's path; null if its signature is not valid or no longer valid. */
  async read(path: string): Promise<DownloadClaims | null> {
    const payload = await this.#tokens.read(AUDIENCE, path.slice(DOWNLOADS_PATH.length));
    if (payload === null) return null;
    const { sub: id, workspace: workspaceId, holder: holderId, kind, user: userId, session: sessionId } = payload;
    if (id === undefined || !isUuid(workspaceId) || !isUuid(holderId)) return null;
    const known = FILE_KINDS.find((each) => each === kind);
    const session = isUuid(userId) && isUuid(sessionId) ? { userId, sessionId } : null;
    return known === undefined ? null : { workspaceId, holderId, session, kind: known, id };
  }
}
