import {
  RefreshSessionDocument,
  type SessionFieldsFragment,
  SignInDocument,
  type SignInInput,
  SignOutDocument,
  SignUpDocument,
  type SignUpInput,
} from '../operations/operations.ts';
import { TrainyardError } from './errors.ts';
import { type TokenContext, Trainyard } from './trainyard.ts';

/** Who is signed in, and where. */
export type SessionViewer = SessionFieldsFragment['viewer'];

/** An access token is renewed this long before it expires. */
const MARGIN_MILLISECONDS = 30_000;

interface Token {
  readonly accessToken: string;
  /** By the clock of this machine, which may be wrong; then the server's refusal renews it. */
  readonly expiresAt: number;
}

/**
 * The session of a browser on the server's own site: the refresh token is in a cookie that scripts cannot read, the access
 * token in memory. Give `getToken` and `end` to `createTrainyard`.
 */
export class Session {
  readonly #trainyard: Trainyard;
  readonly #listeners = new Set<() => void>();
  #token: Token | null = null;
  #viewer: SessionViewer | null = null;
  #refreshing: Promise<SessionViewer | null> | null = null;

  constructor(url: string) {
    this.#trainyard = new Trainyard({ url, getToken: () => this.#token?.accessToken ?? null });
  }

  /** Null: nobody is signed in, as far as is known; `resume` asks the server. */
  get viewer(): SessionViewer | null {
    return this.#viewer;
  }

  /** Calls the listener when somebody has signed in or out, until the function that it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  async signIn(input: SignInInput): Promise<SessionViewer> {
    const { signIn } = await this.#trainyard.request(SignInDocument, { input });
    return this.#begin(signIn);
  }

  async signUp(input: SignUpInput): Promise<SessionViewer> {
    const { signUp } = await this.#trainyard.request(SignUpDocument, { input });
    return this.#begin(signUp);
  }

  /** Goes on with the session of the cookie; null if there is none. */
  resume(): Promise<SessionViewer | null> {
    // Pages ask for many things at once, and a refresh token is valid once.
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async signOut(everywhere = false): Promise<void> {
    await this.#trainyard.request(SignOutDocument, { everywhere });
    this.end();
  }

  /** Forgets the tokens: the session has ended. */
  readonly end = (): void => {
    this.#token = null;
    this.#change(null);
  };

  /** The access token, renewed when it is about to expire; null if nobody is signed in. */
  readonly getToken = async ({ isExpired }: TokenContext): Promise<string | null> => {
    const isStale = this.#token !== null && (isExpired || this.#token.expiresAt - MARGIN_MILLISECONDS < Date.now());
    // While it is renewed there is none, and whoever asks waits for the next.
    await (isStale ? this.resume() : this.#refreshing);
    return this.#token?.accessToken ?? null;
  };

  async #refresh(): Promise<SessionViewer | null> {
    const before = this.#token;
    // The expired token beside the cookie would be refused.
    this.#token = null;
    try {
      const { refreshSession } = await this.#trainyard.request(RefreshSessionDocument, {});
      return this.#begin(refreshSession);
    } catch (error) {
      if (!(error instanceof TrainyardError) || error.code !== 'UNAUTHENTICATED') {
        // The server is away, and the session may go on.
        this.#token = before;
        throw error;
      }
      this.end();
      return null;
    }
  }

  #begin(session: SessionFieldsFragment | null): SessionViewer {
    if (session === null) throw new TypeError('A session that was opened without an error is not null.');
    const { accessToken, accessTokenExpiresAt, viewer } = session;
    this.#token = { accessToken, expiresAt: Date.parse(accessTokenExpiresAt) };
    this.#change(viewer);
    return viewer;
  }

  #change(viewer: SessionViewer | null): void {
    const isSame = viewer?.id === this.#viewer?.id;
    this.#viewer = viewer;
    if (isSame) return;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Makes the session of a page. */
export function createSession({ url }: { readonly url: string }): Session {
  return new Session(url);
}
