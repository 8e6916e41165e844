import type { ChaosClient } from '../../tests/chaos/chaos-client.ts';
import type { Follower } from '../../tests/chaos/follower.ts';
import type { SeededRandom } from '../../tests/chaos/seeded-random.ts';
import type { ChaosUser } from '../../tests/chaos/system.ts';
import { messageOf, pause } from '../../tests/chaos/until.ts';
import { noiseCsv } from '../../tests/support/csv-files.ts';
import { uploadDataset } from '../../tests/support/operations.ts';
import type { TestFile } from '../../tests/support/test-client.ts';

/** No run of the benchmark takes so long, in seconds, however little CPU there is. */
const LONGEST_RUN = 45 * 60;

/** Trainings that take a small worker a second or a few. */
const SMALL = [
  { algorithm: 'BASELINE' },
  { algorithm: 'LINEAR' },
  { algorithm: 'DECISION_TREE' },
  { algorithm: 'RANDOM_FOREST', parameters: { trees: 50 } },
  { algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 200, maxDepth: 4 } },
];

/** Trainings on a million rows: few steps with a checkpoint of tens of megabytes, and many with a small one. */
const LARGE = [
  { algorithm: 'RANDOM_FOREST', parameters: { trees: 60, maxDepth: 14 } },
  { algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 600, maxDepth: 6 } },
];

/** What a list shows, as a front end asks for it again and again. */
const LISTS = `{
  trainingRuns(first: 20) { totalCount edges { node { id status stage progress etaSeconds metrics { __typename } } } }
  datasets(first: 20) { edges { node { id name version rowCount } } }
  artifacts(first: 20) { edges { node { id sha256 sizeBytes } } }
  health { status workers queuedRuns runningRuns }
}`;

/** What users did, and what they saw. */
export interface Deeds {
  uploads: number;
  cancelled: number;
  stopped: number;
  readonly started: string[];
  readonly followers: Follower[];
  readonly listSeconds: number[];
  readonly refused: string[];
}

/** Users of several kinds, each of whom does one thing after the other until they are told to end. */
export class MixedUsers {
  readonly deeds: Deeds = {
    uploads: 0,
    cancelled: 0,
    stopped: 0,
    started: [],
    followers: [],
    listSeconds: [],
    refused: [],
  };
  readonly #random: SeededRandom;
  readonly #ending = new AbortController();
  readonly #working: Promise<void>[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Uploads a file every few runs, trains on it, follows each run to its end, and now and then ends one before. */
  async addSmall(user: ChaosUser): Promise<void> {
    let datasetId = await this.#upload(user, noiseCsv(2_000));
    this.#repeat(async () => {
      if (this.#random.happens(0.3)) datasetId = await this.#upload(user, noiseCsv(this.#random.whole(500, 20_000)));
      const follower = await this.#start(user.client, { datasetId, ...this.#random.pick(SMALL) });
      if (this.#random.happens(0.15)) await this.#interrupt(user.client, follower);
      await follower.end(LONGEST_RUN);
      await pause(this.#random.between(500, 3_000));
    });
  }

  /** Trains on a million rows, over and over. */
  async addLarge(user: ChaosUser, file: TestFile): Promise<void> {
    const datasetId = await this.#upload(user, file);
    let turn = 0;
    this.#repeat(async () => {
      const follower = await this.#start(user.client, { datasetId, ...LARGE[turn++ % LARGE.length] });
      // At the end of the hour it keeps what it has.
      const stop = () => void this.#ask(user.client, 'stopTraining', follower.runId);
      this.#ending.signal.addEventListener('abort', stop, { once: true });
      await follower.end(LONGEST_RUN);
      this.#ending.signal.removeEventListener('abort', stop);
    });
  }

  /** Asks for lists twice a second. */
  addLister({ client }: ChaosUser): void {
    this.#repeat(async () => {
      const startedAt = performance.now();
      await client.http.execute(LISTS);
      this.deeds.listSeconds.push((performance.now() - startedAt) / 1_000);
      await pause(500);
    });
  }

  /** Begins nothing more, and waits for what is in flight. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#working);
  }

  #repeat(work: () => Promise<void>): void {
    const working = async () => {
      while (!this.#ending.signal.aborted) {
        await work().catch(async (error: unknown) => {
          this.deeds.refused.push(messageOf(error));
          await pause(1_000);
        });
      }
    };
    this.#working.push(working());
  }

  async #upload({ client }: ChaosUser, file: TestFile): Promise<string> {
    const { id } = await uploadDataset(client.http, file);
    this.deeds.uploads += 1;
    return id;
  }

  async #start(client: ChaosClient, input: object): Promise<Follower> {
    const id = await client.start(input, crypto.randomUUID(), 60);
    const follower = client.follow(id);
    this.deeds.started.push(id);
    this.deeds.followers.push(follower);
    return follower;
  }

  /** Cancels or stops a run at a moment that is drawn, if it is still there then. */
  async #interrupt(client: ChaosClient, { runId }: Follower): Promise<void> {
    await pause(this.#random.between(0, 4_000));
    const isStop = this.#random.happens(0.5);
    await this.#ask(client, isStop ? 'stopTraining' : 'cancelTraining', runId);
    this.deeds[isStop ? 'stopped' : 'cancelled'] += 1;
  }

  async #ask(client: ChaosClient, mutation: string, id: string): Promise<void> {
    const { errors } = await client.http.request(`mutation ($id: ID!) { ${mutation}(id: $id) { id } }`, { id });
    // It was quicker.
    const others = errors.filter(({ extensions }) => extensions.code !== 'RUN_ALREADY_ENDED');
    if (others.length > 0) this.deeds.refused.push(`${mutation}: ${JSON.stringify(others)}`);
  }
}
