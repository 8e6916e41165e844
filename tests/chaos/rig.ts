import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaosPostgres } from './chaos-postgres.ts';
import { Guard } from './guard.ts';
import { SeededRandom } from './seeded-random.ts';

/** What every scenario works with. */
export interface Rig {
  readonly seed: number;
  readonly directory: string;
  /** Where Node keeps what it compiled, so that the tenth process starts quicker than the first. */
  readonly compileCache: string;
  readonly guard: Guard;
  readonly postgres: ChaosPostgres;
  /** `few` in the quick rig, `many`, or a share of that, in the full one. */
  count(few: number, many: number): number;
  /** A time that is a promise: held to it in the full rig, and to four times as much on whatever machine runs the quick one. */
  bar(seconds: number): number;
  /** The seeded draws of a scenario. */
  random(name: string): SeededRandom;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly seed: number;
  readonly full: boolean;
  /** Of the numbers of the full rig, where time is short; 1 where left out. */
  readonly share?: number;
  /** Whether PostgreSQL waits for the disk at each commit, as it does in production. Default false. */
  readonly synced?: boolean;
}

/** Starts a PostgreSQL in a folder of the rig's own; all of it is gone once the rig has ended, however that ends. */
export async function openRig({ seed, full, share = 1, synced = false }: RigOptions): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-chaos-'));
  // mkdtemp makes it 0700, which the user that PostgreSQL runs as for root could not enter.
  await chmod(directory, 0o755);
  const guard = new Guard(directory);
  const postgres = await ChaosPostgres.start(join(directory, 'database'), guard, synced);
  return {
    seed,
    directory,
    compileCache: join(directory, 'compiled'),
    guard,
    postgres,
    count: (few, many) => (full ? Math.max(few, Math.ceil(share * many)) : few),
    bar: (seconds) => (full ? seconds : 4 * seconds),
    random: (name) => new SeededRandom(seed, name),
    async close() {
      await postgres.stop();
      await guard.release();
    },
  };
}
