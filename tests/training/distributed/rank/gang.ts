import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../../src/ml/random.ts';
import { RankProcess } from '../../../../src/training/distributed/rank/rank-process.ts';
import type {
  RankEvent,
  RankShard,
  RankStart,
  TrackerStart,
} from '../../../../src/training/distributed/rank/rank-protocol.ts';
import { endsWithTest } from '../../../support/ends-with-test.ts';
import { eventually } from '../../../support/eventually.ts';
import { XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { type FileServer, npy } from './file-server.ts';

const SECRET = '0123456789abcdef';

/** Some rows: codes in C order, targets, and weights or null. */
export interface Rows {
  readonly codes: Uint8Array;
  readonly target: Float32Array;
  readonly weights: Float32Array | null;
}

/** A process and all that it has said. */
export class Heard {
  readonly process: RankProcess;
  readonly events: RankEvent[] = [];

  constructor(start: RankStart | TrackerStart) {
    this.process = new RankProcess({ python: XGBOOST_PYTHON! }, start, (event) => this.events.push(event));
    endsWithTest(this.process, 'kill');
  }

  of<Name extends RankEvent['event']>(name: Name): Extract<RankEvent, { event: Name }>[] {
    return this.events.filter((event): event is Extract<RankEvent, { event: Name }> => event.event === name);
  }

  /** Its first event of a kind, once there is one. */
  first<Name extends RankEvent['event']>(name: Name): Promise<Extract<RankEvent, { event: Name }>> {
    return eventually(() => {
      const [event] = this.of(name);
      if (event === undefined) throw new Error(`no ${name} among ${JSON.stringify(this.events.slice(-3))}`);
      return event;
    });
  }
}

/** Rows of two labels, which the first two of the features say something about; some values are missing. */
export function labelledRows(count: number, features: number, seed: number): Rows {
  const random = createRandom(seed);
  const codes = Uint8Array.from({ length: count * features }, () =>
    random.uniform() < 0.05 ? 255 : random.uniform() * 200,
  );
  const target = Float32Array.from({ length: count }, (_, row) => {
    const [a, b] = [codes[row * features]!, codes[row * features + 1]!];
    return random.uniform() < 1 / (1 + Math.exp(1 - a / 100 - (b > 120 ? 1 : 0))) ? 1 : 0;
  });
  return { codes, target, weights: null };
}

export function shardOf(server: FileServer, { codes, target, weights }: Rows): RankShard {
  const rows = target.length;
  return {
    rows,
    codes: server.put(npy(codes, [rows, codes.length / rows])),
    target: server.put(npy(target, [rows])),
    weights: weights && server.put(npy(weights, [rows])),
  };
}

/** The order of a rank alone, of a small table; what differs is given. */
export async function orderOf(server: FileServer, changes: Partial<RankStart>): Promise<RankStart> {
  const folder = await mkdtemp(join(tmpdir(), 'rank-'));
  endsWithTest({ close: () => rm(folder, { recursive: true }) });
  const features = 5;
  return {
    ...{ role: 'rank', protocol: 2, runId: 'a run', attempt: 1, rank: 0, world: 1, tracker: null, secret: SECRET },
    parameters: { objective: 'binary:logistic', eval_metric: 'logloss', tree_method: 'hist', base_score: 0.5, seed: 7 },
    ...{ rounds: 10, earlyStoppingRounds: null, features, startMargins: null, resume: null, check: null, threads: 1 },
    shards: changes.shards ?? [shardOf(server, labelledRows(2_000, features, 1))],
    validation: changes.validation ?? [shardOf(server, labelledRows(500, features, 2))],
    ...{ checkpointSeconds: 3600, heartbeatSeconds: 3600, folder },
    ...changes,
  };
}

/** Starts a tracker and one rank for each list of shards. */
export async function startGang(server: FileServer, shards: readonly RankShard[][], changes: Partial<RankStart>) {
  const world = shards.length;
  const start = { role: 'tracker', protocol: 2, host: '127.0.0.1', port: 0, world, secret: SECRET } as const;
  const tracker = new Heard(start);
  const { host, port } = await tracker.first('listening');
  const orders = await Promise.all(
    shards.map((own, rank) => orderOf(server, { world, rank, tracker: { host, port }, shards: own, ...changes })),
  );
  return { tracker, ranks: orders.map((order) => new Heard(order)) };
}
