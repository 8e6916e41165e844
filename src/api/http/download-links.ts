import type { SignedToken, Tokens } from '../../auth/tokens.ts';
import type { Context } from '../graphql/context.ts';

/** The path under which signed addresses live. */
export const DOWNLOADS_PATH = '/downloads/';

/** An address is good for minutes; one that is given out again is nearly as good. */
const MAX_AGE_MILLISECONDS = 10_000;

/** A signature in flight, or done. */
interface SignedOnce {
  readonly at: number;
  readonly token: Promise<SignedToken>;
}

/** Makes the signed addresses of files, as the caller reaches them: of each file once for a request, however often it is asked. */
export class DownloadLinks {
  readonly #tokens: Tokens;
  readonly #signed = new WeakMap<Context['caller'], Map<string, SignedOnce>>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  artifact(context: Context, id: string): Promise<string> {
    return this.#link(context, 'artifact', id);
  }

  dataset(context: Context, id: string): Promise<string> {
    return this.#link(context, 'dataset', id);
  }

  async #link({ origin, caller }: Context, kind: 'artifact' | 'dataset', id: string): Promise<string> {
    const ofCaller = this.#signed.get(caller) ?? new Map<string, SignedOnce>();
    this.#signed.set(caller, ofCaller);
    const known = ofCaller.get(kind + id);
    // A subscription is one request too, and goes on for hours.
    const isFresh = known !== undefined && performance.now() - known.at < MAX_AGE_MILLISECONDS;
    const signed = isFresh
      ? known
      : {
          at: performance.now(),
          token: this.#tokens.signDownload({ workspaceId: caller.viewer.workspaceId, kind, id }),
        };
    ofCaller.set(kind + id, signed);
    return origin + DOWNLOADS_PATH + (await signed.token).token;
  }
}
