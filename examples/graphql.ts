/** The little of a GraphQL client that the example needs. */
export class Graphql {
  token: string | null = null;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends an operation and gives its data; ends the program on errors. */
  async send<Data>(query: string, variables: object): Promise<Data> {
    return await this.#post<Data>(JSON.stringify({ query, variables }), { 'content-type': 'application/json' });
  }

  /** Sends an operation whose variable `file` is a file: the GraphQL multipart request. */
  async sendFile<Data>(query: string, content: Blob, filename: string): Promise<Data> {
    const form = new FormData();
    form.append('operations', JSON.stringify({ query, variables: { file: null } }));
    form.append('map', JSON.stringify({ 0: ['variables.file'] }));
    form.append('0', content, filename);
    return await this.#post<Data>(form, { 'apollo-require-preflight': 'true' });
  }

  async #post<Data>(body: string | FormData, headers: Record<string, string>): Promise<Data> {
    const authorization = this.token === null ? {} : { authorization: `Bearer ${this.token}` };
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
