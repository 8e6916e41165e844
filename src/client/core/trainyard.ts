import type { Client } from 'graphql-ws/client';
import { Connection } from './connection.ts';
import { dataOf, type TrainyardError } from './errors.ts';
import { postOperation } from './http.ts';
import { type Answer, fileIn, type Operation } from './operation.ts';
import { openSocket } from './socket.ts';
import { follow, type Sink } from './subscribe.ts';
import { postForm, type UploadProgress } from './upload.ts';

export interface TrainyardOptions {
  /** The address of the API, such as `https://api.example.com/graphql`; `/graphql` is that of the page's own server. */
  readonly url: string;
  /**
   * The access token or API key to send; null for none, or for the cookies of the page. It is called before every request
   * and every connection. `isExpired`: the server has refused the last one as expired, so that a fresh one is needed.
   */
  readonly getToken?: (context: TokenContext) => string | null | Promise<string | null>;
  /** Called when the session has ended: by signing out elsewhere, or with the membership. */
  readonly onSessionEnded?: () => void;
  /** A class of sockets, for platforms without one. */
  readonly webSocketImpl?: unknown;
}

export interface TokenContext {
  readonly isExpired: boolean;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | null;
  /** Told how far an operation with a file is. */
  readonly onProgress?: ((progress: UploadProgress) => void) | null;
}

/** A client of one server: requests, uploads, and one socket for all that is followed. */
export class Trainyard {
  readonly url: string;
  readonly connection = new Connection();
  readonly #getToken: (context: TokenContext) => Promise<string | null>;
  readonly #onSessionEnded: () => void;
  readonly #socket: Client;

  constructor({ url, getToken, onSessionEnded, webSocketImpl }: TrainyardOptions) {
    this.url = absoluteAddress(url);
    this.#getToken = async (context) => (await getToken?.(context)) ?? null;
    this.#onSessionEnded = () => {
      if (this.connection.current.state === 'ENDED') return;
      this.connection.change('ENDED');
      onSessionEnded?.();
    };
    this.#socket = openSocket({
      url: this.url,
      connection: this.connection,
      webSocketImpl,
      getToken: this.#getToken,
      onSessionEnded: this.#onSessionEnded,
    });
  }

  /** Executes a query or mutation, and gives its data. An answer with errors is thrown as a TrainyardError. */
  async request<Result = Record<string, unknown>, Variables extends object = object>(
    operation: Operation<Result, Variables>,
    variables: Variables,
    options: RequestOptions = {},
  ): Promise<Result> {
    return dataOf(await this.execute(operation, variables, options));
  }

  /** Executes a query or mutation, and gives data and errors. A variable that is a file is uploaded. */
  async execute<Result = Record<string, unknown>, Variables extends object = object>(
    operation: Operation<Result, Variables>,
    variables: Variables,
    options: RequestOptions = {},
  ): Promise<Answer<Result>> {
    const answer = await this.#send(operation, variables, options, { isExpired: false });
    const reason = reasonOf(answer);
    if (reason === 'SESSION_ENDED') this.#onSessionEnded();
    if (reason !== 'TOKEN_EXPIRED') return answer as Answer<Result>;
    return (await this.#send(operation, variables, options, { isExpired: true })) as Answer<Result>;
  }

  async #send(
    operation: Operation<unknown, never>,
    variables: object,
    { signal = null, onProgress = null }: RequestOptions,
    context: TokenContext,
  ): Promise<Answer<unknown>> {
    const query = operation.toString();
    const token = await this.#getToken(context);
    const upload = fileIn(variables);
    if (upload === null) return await postOperation(this.url, query, variables, token, signal);
    const { name: fileVariable, file } = upload;
    return await postForm({ url: this.url, query, variables, fileVariable, file, token, onProgress, signal });
  }

  /** Follows a subscription until the function that it returns is called. It goes on after a reconnect. */
  subscribe<Result = Record<string, unknown>, Variables extends Record<string, unknown> = Record<string, unknown>>(
    operation: Operation<Result, Variables>,
    variables: Variables,
    sink: Sink<Result>,
  ): () => void {
    const error = (failure: TrainyardError) => {
      if (failure.reason === 'SESSION_ENDED') this.#onSessionEnded();
      sink.error?.(failure);
    };
    return follow(this.#socket, { query: operation.toString(), variables }, { ...sink, error });
  }

  /** Opens the socket anew, with a fresh token: after signing in as somebody else, or in another workspace. */
  renewSocket(): void {
    if (this.connection.current.state === 'ENDED') this.connection.change('IDLE');
    this.#socket.terminate();
  }

  /** Ends the socket and all that is followed. */
  dispose(): void {
    // It waits for a connection that may never come; what it says then is of no interest.
    Promise.resolve(this.#socket.dispose()).catch(() => {});
    this.#socket.terminate();
  }
}

/** Makes a client. It connects when something is first followed. */
export function createTrainyard(options: TrainyardOptions): Trainyard {
  return new Trainyard(options);
}

function absoluteAddress(url: string): string {
  return typeof location === 'undefined' ? url : new URL(url, location.href).href;
}

function reasonOf({ errors }: Answer<unknown>): string | null {
  const unauthenticated = errors.find(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
  return unauthenticated?.extensions?.reason ?? null;
}
