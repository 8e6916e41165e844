import type { ChaosClient } from './chaos-client.ts';
import type { Follower } from './follower.ts';

/** Clients that start a run as soon as one has ended, and follow it, until they are told to end. */
export class Load {
  readonly runIds: string[] = [];
  readonly followers: Follower[] = [];
  readonly #ending = new AbortController();
  readonly #working: Promise<unknown>;

  constructor(clients: readonly ChaosClient[], input: object) {
    this.#working = Promise.all(clients.map((client) => this.#keepTraining(client, input)));
  }

  /** Starts no further runs, and waits for those that are in flight. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#working;
  }

  async #keepTraining(client: ChaosClient, input: object): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const id = await client.start(input, crypto.randomUUID(), 120);
      this.runIds.push(id);
      const follower = client.follow(id);
      this.followers.push(follower);
      await follower.end(300);
    }
  }
}
