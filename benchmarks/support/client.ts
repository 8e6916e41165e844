import { createClient } from 'graphql-ws';

/** A client as any other: fetch for operations, a WebSocket for subscriptions. Errors throw. */
export class Client {
  readonly #url: string;
  readonly #token: string | null;

  constructor(url: string, token: string | null) {
    this.#url = url;
    this.#token = token;
  }

  /** A client that speaks for a new user. */
  static async signUp(url: string): Promise<Client> {
    return (await Client.signUpWithToken(url)).client;
  }

  /** The same, with the token, for those who speak to the server in another way. */
  static async signUpWithToken(url: string): Promise<{ readonly client: Client; readonly token: string }> {
    const input = { email: `benchmark-${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
    const { signUp } = await new Client(url, null).send<{ signUp: { accessToken: string } }>(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
      { input },
    );
    return { client: new Client(url, signUp.accessToken), token: signUp.accessToken };
  }

  async send<Data>(query: string, variables: object): Promise<Data> {
    return await this.#post<Data>(JSON.stringify({ query, variables }), { 'content-type': 'application/json' });
  }

  /** Sends a file as the variable `file`. */
  async sendFile<Data>(query: string, content: Blob, filename: string, variables: object): Promise<Data> {
    const form = new FormData();
    form.append('operations', JSON.stringify({ query, variables: { ...variables, file: null } }));
    form.append('map', JSON.stringify({ 0: ['variables.file'] }));
    form.append('0', content, filename);
    return await this.#post<Data>(form, { 'apollo-require-preflight': 'true' });
  }

  /** Follows a subscription to its end and gives the last of what it said. */
  async last<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
    const last = (await this.all<Data>(query, variables)).at(-1);
    if (last === undefined) throw new Error('The subscription said nothing.');
    return last;
  }

  /** Follows a subscription to its end and gives all that it said. */
  async all<Data>(query: string, variables: Record<string, unknown>): Promise<Data[]> {
    const client = createClient({
      url: `${this.#url.replace('http', 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${this.#token}` },
    });
    const all: Data[] = [];
    for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
      if (errors) throw new Error(JSON.stringify(errors));
      if (data) all.push(data);
    }
    await client.dispose();
    return all;
  }

  async #post<Data>(body: string | FormData, headers: Record<string, string>): Promise<Data> {
    const authorization = this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#url}/graphql`, {
      method: 'POST',
      body,
      headers: { ...headers, ...authorization },
    });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data;
  }
}
