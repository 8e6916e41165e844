import type { Tokens } from '../auth/tokens.ts';
import type { Context } from './context.ts';

/** The path under which signed addresses live. */
export const DOWNLOADS_PATH = '/downloads/';

/** Makes the signed addresses of files, as the caller reaches them. */
export class DownloadLinks {
  readonly #tokens: Tokens;

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
    const { token } = await this.#tokens.signDownload({ workspaceId: caller.viewer.workspaceId, kind, id });
    return origin + DOWNLOADS_PATH + token;
  }
}
