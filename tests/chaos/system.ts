import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { type Database, type DatabaseAccess, openDatabase } from '../../src/platform/postgres/database.ts';
import { noiseCsv } from '../support/csv-files.ts';
import { freePort } from '../support/free-port.ts';
import { uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { ChaosClient } from './chaos-client.ts';
import { ManagedProcess } from './managed-process.ts';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

/** Settings that every process has beside its database and its folder. */
const SETTINGS = {
  LOG_LEVEL: 'info',
  // Trainings at once share the cores, one workspace may have all of them, and no model is removed while they are counted.
  TRAINING_THREADS: '1',
  MAX_MODEL_ARTIFACTS: '1000000',
  MAX_CONCURRENT_RUNS: '10000',
  MAX_QUEUED_RUNS: '1000000',
  // All clients share an address, and some an account.
  MAX_OPERATIONS_PER_ACCOUNT: '1000000000',
  MAX_OPERATIONS_PER_ADDRESS: '1000000000',
  MAX_SIGN_INS_PER_ADDRESS: '1000000000',
  MAX_SIGN_UPS_PER_ADDRESS: '1000000000',
};

/** An API process and where it listens: on the same port after each restart. */
export interface ApiSlot {
  readonly url: string;
  readonly port: number;
  process: ManagedProcess;
}

/** One Trainyard of several processes, on a database and a folder of its own. */
export class System {
  readonly dataDirectory: string;
  readonly access: DatabaseAccess;
  /** Sees everything. */
  readonly owner: postgres.Sql;
  readonly apis: ApiSlot[] = [];
  readonly #rig: Rig;
  readonly #settings: Record<string, string>;
  readonly #workers: ManagedProcess[] = [];
  readonly #clients: ChaosClient[] = [];
  #stores: Database | null = null;

  private constructor(rig: Rig, access: DatabaseAccess, dataDirectory: string, settings: Record<string, string>) {
    this.#rig = rig;
    this.access = access;
    this.dataDirectory = dataDirectory;
    this.#settings = { ...SETTINGS, DATA_DIRECTORY: dataDirectory, NODE_COMPILE_CACHE: rig.compileCache, ...settings };
    this.owner = postgres(access.ownerUrl, { max: 4, onnotice: () => undefined });
  }

  /** Opens it with so many processes of each kind. */
  static async open(
    rig: Rig,
    counts: { apis: number; workers: number },
    settings: Record<string, string> = {},
  ): Promise<System> {
    const access = await rig.postgres.createDatabase();
    const directory = join(rig.directory, new URL(access.appUrl).pathname.slice(1));
    await mkdir(directory);
    const system = new System(rig, access, directory, settings);
    const starts = [
      ...Array.from({ length: counts.apis }, () => system.#addApi()),
      ...Array.from({ length: counts.workers }, () => system.startWorker()),
    ];
    await Promise.all(starts);
    return system;
  }

  /** The workers that run, oldest first. */
  get workers(): readonly ManagedProcess[] {
    return this.#workers.filter(({ isRunning }) => isRunning);
  }

  /** Every process that runs. */
  get processes(): readonly ManagedProcess[] {
    return [...this.apis.map(({ process }) => process).filter(({ isRunning }) => isRunning), ...this.workers];
  }

  /** Starts one more worker; with `databasePort` it reaches the database through a proxy on that port. */
  async startWorker({ databasePort, ...settings }: { databasePort?: number } & Record<string, string | number> = {}) {
    const all = { ...this.#settings, ...this.#databaseSettings(databasePort) };
    for (const [name, value] of Object.entries(settings)) all[name] = String(value);
    const worker = await ManagedProcess.start('worker', all, this.#rig.guard);
    this.#workers.push(worker);
    return worker;
  }

  /** Starts the API process of a slot again, after its end. */
  async restartApi(slot: ApiSlot): Promise<void> {
    slot.process = await this.#startApi(slot.port);
  }

  /** For a publisher that writes as a worker does, through the stores. */
  get stores(): Database {
    this.#stores ??= openDatabase(this.access, 8);
    return this.#stores;
  }

  /** Signs a new user up, in a workspace of their own. */
  async signUp(): Promise<ChaosUser> {
    const urls = this.apis.map(({ url }) => url);
    const anonymous = new TestClient(urls[0] ?? '', null);
    const input = { email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' };
    const { signUp } = await anonymous.execute<{
      signUp: { accessToken: string; viewer: { workspace: { id: string } } };
    }>('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken viewer { workspace { id } } } }', {
      input,
    });
    const open = (at: readonly string[] = urls, first = 0) => {
      const client = new ChaosClient(at, signUp.accessToken, first);
      this.#clients.push(client);
      return client;
    };
    return { workspaceId: signUp.viewer.workspace.id, client: open(), openClient: open };
  }

  /** Faults that any of the clients saw. */
  clientFaults(): string[] {
    return this.#clients.flatMap((client) => client.faults());
  }

  /** What the processes said of trouble. */
  troubles(): string[] {
    return [...this.apis.map(({ process }) => process), ...this.#workers].flatMap((process) => process.troubles());
  }

  /** Ends every process, without ceremony, and every connection. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.processes.map((process) => process.kill()));
    await Promise.all([this.#stores?.close(), this.owner.end({ timeout: 2 })]);
  }

  async #addApi(): Promise<void> {
    const port = await freePort();
    this.apis.push({ port, url: `http://127.0.0.1:${port}`, process: await this.#startApi(port) });
  }

  #startApi(port: number): Promise<ManagedProcess> {
    const settings = { ...this.#settings, ...this.#databaseSettings(), PORT: String(port) };
    return ManagedProcess.start('api', settings, this.#rig.guard);
  }

  #databaseSettings(port?: number): Record<string, string> {
    const through = (url: string) => {
      const changed = new URL(url);
      if (port !== undefined) changed.port = String(port);
      return changed.href;
    };
    return { DATABASE_URL: through(this.access.appUrl), DATABASE_OWNER_URL: through(this.access.ownerUrl) };
  }
}

/** A user of one workspace, who may have several clients open. */
export interface ChaosUser {
  readonly workspaceId: string;
  readonly client: ChaosClient;
  /** Opens another client, which speaks to these addresses, beginning with the one of this index. */
  openClient(urls?: readonly string[], first?: number): ChaosClient;
}

/** A table on which many trees take some seconds, and never end early. */
export async function uploadNoise({ client }: ChaosUser, rows: number): Promise<string> {
  return (await uploadDataset(client.http, noiseCsv(rows))).id;
}

/** A request whose training takes many minutes on any machine, so that it lasts until it is ended from outside. */
export async function endlessTraining(user: ChaosUser): Promise<TrainingRequest> {
  return { datasetId: await uploadNoise(user, 200_000), parameters: { trees: 10_000, maxDepth: 8 } };
}

/** What a run is started with. */
export interface TrainingRequest {
  readonly datasetId: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** The hash of the model that this request gives when nothing disturbs it. */
export async function undisturbedModel({ client }: ChaosUser, input: object): Promise<string> {
  const id = await client.start(input, crypto.randomUUID());
  await client.follow(id).end(120);
  const { artifact } = await until('the model of the undisturbed run', 5, () => client.readRun(id));
  if (artifact === null) throw new Error('The undisturbed run made no model.');
  return artifact.sha256;
}
