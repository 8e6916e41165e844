import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startTraining } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { Follower } from './follower.ts';
import { messageOf, until } from './until.ts';

/** A silent connection is asked for a sign of life so often, and given up after so long without one, in milliseconds. */
const KEEP_ALIVE = 5_000;
const MAX_SILENCE = 10_000;

/** What is read of a run over the API. */
export interface RunOverApi {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly endReason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly artifact: { readonly sha256: string } | null;
}

const RUN =
  'query ($id: ID!) { trainingRun(id: $id) { id status attempt endReason error { code message } artifact { sha256 } } }';

/** A client with one socket, which finds its way to another API process when the one that it talks to is gone. */
export class ChaosClient {
  readonly #clients: readonly TestClient[];
  readonly #socket: Client;
  readonly #followers: Follower[] = [];
  #turn: number;
  /** How its sockets were closed under it once the server had welcomed them, one code and reason for each time. */
  readonly closures: string[] = [];

  /** `urls`: of every API process, or of the proxies before them; `first` says where it begins. */
  constructor(urls: readonly string[], token: string, first = 0) {
    this.#clients = urls.map((url) => new TestClient(url, token));
    this.#turn = first;
    this.#socket = this.#openSocket(token);
  }

  /** Speaks to the API process whose turn it is. */
  get http(): TestClient {
    const client = this.#clients[this.#turn % this.#clients.length];
    if (client === undefined) throw new Error('There is no API process to speak to.');
    return client;
  }

  /** Speaks to one API process, whoever's turn it is. */
  at(url: string): TestClient {
    return new TestClient(url, this.http.token);
  }

  follow(runId: string): Follower {
    const follower = new Follower(this.#socket, runId);
    this.#followers.push(follower);
    return follower;
  }

  /** Subscribes on its socket, once: it does not come back by itself. */
  subscribe<Data>(
    query: string,
    variables: Record<string, unknown>,
  ): AsyncIterable<{ readonly data?: Data | null | undefined }> {
    return this.#socket.iterate<Data>({ query, variables });
  }

  /** Starts a training, over and over until a process takes it: with a key, so that it is taken once. */
  start(input: object, idempotencyKey: string, seconds = 30): Promise<string> {
    return until('startTraining to be accepted', seconds, async () => {
      try {
        return await startTraining(this.http, { ...input, idempotencyKey });
      } catch (error) {
        this.#turn += 1;
        throw error;
      }
    });
  }

  async readRun(id: string): Promise<RunOverApi> {
    const { trainingRun } = await this.http.execute<{ trainingRun: RunOverApi | null }>(RUN, { id });
    if (trainingRun === null) throw new Error(`The API does not know run ${id}.`);
    return trainingRun;
  }

  /** Faults that its followers saw, each with its run. */
  faults(): string[] {
    return this.#followers.flatMap(({ runId, faults }) => faults.map((fault) => `run ${runId}: ${fault}`));
  }

  reconnects(): number {
    return this.#followers.reduce((sum, follower) => sum + follower.reconnects, 0);
  }

  /** Leaves every run, and closes its socket. */
  async close(): Promise<void> {
    for (const follower of this.#followers) follower.leave();
    await this.#socket.dispose();
  }

  #openSocket(token: string): Client {
    let silence: NodeJS.Timeout | undefined;
    let isWelcome = false;
    const socket = createClient({
      url: () => `${this.http.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      // Its followers come back by themselves, with the number of their last event.
      retryAttempts: 0,
      keepAlive: KEEP_ALIVE,
      onNonLazyError: (error) => console.error(messageOf(error)),
      on: {
        connected: () => {
          isWelcome = true;
        },
        ping: (received) => {
          if (!received) silence = setTimeout(() => socket.terminate(), MAX_SILENCE);
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        closed: (event) => {
          clearTimeout(silence);
          // With its last subscription the client itself closes the socket, in order.
          const { code, reason } = event as { code?: number; reason?: string };
          if (code !== 1000) this.#turn += 1;
          if (code !== 1000 && isWelcome) this.closures.push(`${code} ${reason}`);
          isWelcome = false;
        },
      },
    });
    return socket;
  }
}
