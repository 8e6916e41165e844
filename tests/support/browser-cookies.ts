import type { AnswerError } from './test-client.ts';

/** A browser, as far as cookies go: it keeps them by their names, and never shows them to scripts. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Their attributes, as they were last set. */
  readonly attributes = new Map<string, string[]>();
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send<Data>(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`${this.#url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.cookieHeader, ...this.#headers, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const { data, errors = [] } = (await response.json()) as { data?: Data; errors?: AnswerError[] };
    return { status: response.status, data, errors };
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split('; ');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    this.attributes.set(name, attributes.toSorted());
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
