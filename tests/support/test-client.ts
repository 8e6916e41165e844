import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** An error of an answer, as a client reads it. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly argument?: string;
    readonly hint?: string;
    readonly reason?: string;
    readonly requestId: string;
  };
}

export interface Answer<Data> {
  readonly status: number;
  readonly data: Data | null;
  readonly errors: readonly AnswerError[];
}

/** A file to be uploaded. */
export interface TestFile {
  readonly name: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** A client as any other: it knows the address and its token, and nothing of the server's inside. */
export class TestClient {
  readonly url: string;
  readonly token: string | null;

  constructor(url: string, token: string | null) {
    this.url = url;
    this.token = token;
  }

  /** Sends an operation and gives the whole answer. */
  async request<Data = Record<string, unknown>>(query: string, variables: object = {}): Promise<Answer<Data>> {
    const body = JSON.stringify({ query, variables });
    return await this.#send<Data>(body, { 'content-type': 'application/json' });
  }

  /** Sends an operation that must succeed, and gives its data. */
  async execute<Data = Record<string, unknown>>(query: string, variables: object = {}): Promise<Data> {
    return mustSucceed(await this.request<Data>(query, variables));
  }

  /** Sends an operation with a file as `$file`. */
  async requestWithFile<Data = Record<string, unknown>>(
    query: string,
    file: TestFile,
    variables: object = {},
  ): Promise<Answer<Data>> {
    const form = new FormData();
    form.append('operations', JSON.stringify({ query, variables: { ...variables, file: null } }));
    form.append('map', JSON.stringify({ 0: ['variables.file'] }));
    form.append('0', new Blob([file.content]), file.name);
    return await this.#send<Data>(form, { 'apollo-require-preflight': 'true' });
  }

  async executeWithFile<Data = Record<string, unknown>>(
    query: string,
    file: TestFile,
    variables: object = {},
  ): Promise<Data> {
    return mustSucceed(await this.requestWithFile<Data>(query, file, variables));
  }

  /** Follows a subscription to its end, or until the loop over it is left. */
  async *subscribe<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): AsyncGenerator<Data> {
    const client = createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...(this.token === null ? {} : { connectionParams: { authorization: `Bearer ${this.token}` } }),
    });
    try {
      for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
        if (errors) throw new Error(JSON.stringify(errors));
        if (data) yield data;
      }
    } finally {
      await client.dispose();
    }
  }

  async #send<Data>(body: string | FormData, headers: Record<string, string>): Promise<Answer<Data>> {
    const authorization = this.token === null ? {} : { authorization: `Bearer ${this.token}` };
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      body,
      headers: { ...headers, ...authorization },
    });
    const { data = null, errors = [] } = (await response.json()) as { data?: Data | null; errors?: AnswerError[] };
    return { status: response.status, data, errors };
  }
}

function mustSucceed<Data>({ data, errors }: Answer<Data>): Data {
  if (errors.length > 0 || data === null) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
  return data;
}
