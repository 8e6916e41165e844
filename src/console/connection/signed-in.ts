import { createSession, type Session, type SessionViewer } from '../../client/core/index.ts';

export type SignedInState =
  | { readonly status: 'LOADING' }
  | { readonly status: 'SIGNED_IN'; readonly viewer: SessionViewer }
  /** `hasEnded`: somebody was signed in here until the session was ended elsewhere. */
  | { readonly status: 'SIGNED_OUT'; readonly hasEnded: boolean };

/** Whether somebody is signed in on this page, as its views need to know it. */
export class SignedIn {
  readonly session: Session;
  readonly #listeners = new Set<() => void>();
  #state: SignedInState = { status: 'LOADING' };

  constructor(url: string) {
    this.session = createSession({ url });
    this.session.subscribe(() => this.#follow());
  }

  get state(): SignedInState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes on with the session of the cookies. Throws if the server cannot be reached. */
  async open(): Promise<void> {
    await this.session.resume();
    this.#follow();
  }

  async signOut(): Promise<void> {
    await this.session.signOut();
    this.end(false);
  }

  end(hasEnded: boolean): void {
    this.#change({ status: 'SIGNED_OUT', hasEnded });
    this.session.end();
  }

  #follow(): void {
    const { viewer } = this.session;
    const wasSignedIn = this.#state.status === 'SIGNED_IN';
    if (viewer !== null) this.#change({ status: 'SIGNED_IN', viewer });
    else if (this.#state.status !== 'SIGNED_OUT') this.#change({ status: 'SIGNED_OUT', hasEnded: wasSignedIn });
  }

  #change(state: SignedInState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
