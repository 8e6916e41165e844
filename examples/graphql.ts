/** The tokens of a session. */
interface Session {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshToken: string;
}

const SESSION = 'accessToken accessTokenExpiresAt refreshToken';

/** A token is replaced this long before it expires, so that it is valid when it arrives. */
const EARLY_MILLISECONDS = 60_000;

/** The little of a GraphQL client that the example needs. */
export class Graphql {
  readonly #url: string;
  #session: Session | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** Creates a user. A program has no cookies: both tokens come in the response. */
  async signUp(input: { readonly email: string; readonly password: string }): Promise<void> {
    const { signUp } = await this.#sendAs<{ signUp: Session }>(
      null,
      `mutation ($input: SignUpInput!) { signUp(input: $input) { ${SESSION} } }`,
      { input: { ...input, tokenTransport: 'BODY' } },
    );
    this.#session = signUp;
  }

  /** A valid access token; null before signing in. The refresh token is used once, and replaced by the one that comes back. */
  async accessToken(): Promise<string | null> {
    const session = this.#session;
    if (session === null || Date.parse(session.accessTokenExpiresAt) - Date.now() > EARLY_MILLISECONDS) {
      return session?.accessToken ?? null;
    }
    const { refreshSession } = await this.#sendAs<{ refreshSession: Session }>(
      null,
      `mutation ($token: String!) { refreshSession(refreshToken: $token) { ${SESSION} } }`,
      { token: session.refreshToken },
    );
    this.#session = refreshSession;
    return refreshSession.accessToken;
  }

  /** Sends an operation and gives its data; ends the program on errors. */
  async send<Data>(query: string, variables: object): Promise<Data> {
    return await this.#sendAs<Data>(await this.accessToken(), query, variables);
  }

  async #sendAs<Data>(token: string | null, query: string, variables: object): Promise<Data> {
    return await this.#post<Data>(token, JSON.stringify({ query, variables }), { 'content-type': 'application/json' });
  }

  /** Sends an operation whose variable `file` is a file: the GraphQL multipart request. */
  async sendFile<Data>(query: string, content: Blob, filename: string): Promise<Data> {
    const form = new FormData();
    form.append('operations', JSON.stringify({ query, variables: { file: null } }));
    form.append('map', JSON.stringify({ 0: ['variables.file'] }));
    form.append('0', content, filename);
    return await this.#post<Data>(await this.accessToken(), form, { 'apollo-require-preflight': 'true' });
  }

  async #post<Data>(token: string | null, body: string | FormData, headers: Record<string, string>): Promise<Data> {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(this.#url, { method: 'POST', body, headers: { ...headers, ...authorization } }).catch(
      () =>
        fatal(
          `No server answers at ${this.#url}. Start it in another terminal with npm start, or set TRAINYARD_URL to the address where it runs.`,
        ),
    );
    const { data, errors = [] } = (await response.json()) as {
      data?: Data;
      errors?: { message: string; extensions?: { hint?: string } }[];
    };
    for (const { message, extensions } of errors) console.error(`${message} ${extensions?.hint ?? ''}`);
    return data && errors.length === 0 ? data : fatal('The server refused.');
  }
}

/** Says what went wrong, and ends the program. */
export function fatal(message: string): never {
  console.error(message);
  process.exit(1);
}
