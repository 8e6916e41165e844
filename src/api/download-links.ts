import type { Tokens } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';

/** The path under which signed addresses live. */
export const DOWNLOADS_PATH = '/downloads/';

/** Makes the signed addresses of files. */
export class DownloadLinks {
  readonly #tokens: Tokens;
  readonly #publicUrl: () => string;

  /** `publicUrl` is asked each time: with PORT=0 the port is known only once the server listens. */
  constructor(tokens: Tokens, publicUrl: () => string) {
    this.#tokens = tokens;
    this.#publicUrl = publicUrl;
  }

  artifact({ workspaceId }: Viewer, id: string): Promise<string> {
    return this.#link({ workspaceId, kind: 'artifact', id });
  }

  dataset({ workspaceId }: Viewer, id: string): Promise<string> {
    return this.#link({ workspaceId, kind: 'dataset', id });
  }

  async #link(claims: Parameters<Tokens['signDownload']>[0]): Promise<string> {
    const { token } = await this.#tokens.signDownload(claims);
    return this.#publicUrl() + DOWNLOADS_PATH + token;
  }
}
