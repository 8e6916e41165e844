import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fittedByRanks } from '../../src/ml/distributed/model/ranks-model.ts';
import { npyData, npyHeader } from '../../src/ml/distributed/npy.ts';
import { prepareShards } from '../../src/ml/distributed/prepare-shards.ts';
import { RowRolesInMemory } from '../../src/ml/distributed/row-roles.ts';
import { fittedWeightOfLabels } from '../../src/ml/distributed/target/label-weighting.ts';
import { runToEnd } from '../../src/ml/steps.ts';
import { type TrainedModel, type TrainingRequest, trainModel } from '../../src/ml/train-model.ts';
import { RankProcess } from '../../src/training/distributed/rank/rank-process.ts';
import {
  RANK_PROTOCOL,
  type RankEvent,
  type RankShard,
  type RemoteFile,
} from '../../src/training/distributed/rank/rank-protocol.ts';
import { toXgboostParameters } from '../../src/training/distributed/rank/xgboost-parameters.ts';
import { tableInBatches } from '../../tests/ml/distributed/table-in-batches.ts';

const BATCH_ROWS = 16_384;
const CHECK_ROWS = 10_000;

/** Trains by one rank of XGBoost, as the engine DISTRIBUTED does, and tests the model; `settings` replace those of XGBoost. */
export async function trainByRank(
  request: TrainingRequest,
  settings: Readonly<Record<string, string | number>>,
): Promise<TrainedModel> {
  const files = await startFiles();
  const folder = await mkdtemp(join(tmpdir(), 'rank-'));
  try {
    const shards: Record<'TRAIN' | 'VALIDATION', RankShard[]> = { TRAIN: [], VALIDATION: [] };
    const checked: Uint8Array[] = [];
    const stream = tableInBatches(request.table, BATCH_ROWS);
    const { preparation } = runToEnd(
      prepareShards(stream, request, new RowRolesInMemory(), ({ role, rows, codes, target, weights }) => {
        const all = Buffer.concat(codes);
        if (role === 'TRAIN') checked.push(Uint8Array.from(npyData(all)));
        shards[role].push({
          ...{ rows, codes: files.put(all), target: files.put(Buffer.concat(target)) },
          weights: weights && files.put(Buffer.concat(weights)),
        });
      }),
    );
    const features = preparation.features.length;
    const cells = Buffer.concat(checked).subarray(0, CHECK_ROWS * features);
    const rows = cells.length / features;
    const codes = Buffer.concat([npyHeader('|u1', [rows, features]), cells]);
    const { task, numbers, directions } = preparation;
    const { parameters, startMargins, rounds, earlyStoppingRounds } = toXgboostParameters(request.parameters, {
      ...{ task, weightOfLabels: fittedWeightOfLabels(preparation), numbers, features, directions },
    });
    const events: RankEvent[] = [];
    const python = process.env['XGBOOST_PYTHON'] ?? 'python3';
    const rank = new RankProcess(
      { python },
      {
        ...{
          role: 'rank',
          protocol: RANK_PROTOCOL,
          runId: 'benchmark',
          attempt: 1,
          rank: 0,
          world: 1,
          tracker: null,
          features,
        },
        ...{
          secret: '0123456789abcdef',
          parameters: { ...parameters, ...settings },
          startMargins,
          rounds,
          resume: null,
          threads: 2,
        },
        earlyStoppingRounds: shards.VALIDATION.length === 0 ? null : earlyStoppingRounds,
        ...{ shards: shards.TRAIN, validation: shards.VALIDATION, check: { rows, codes: files.put(codes) } },
        ...{ checkpointSeconds: 3_600, heartbeatSeconds: 3_600, folder },
      },
      (event) => events.push(event),
    );
    const words = await rank.ended;
    const end = events.at(-1);
    if (end?.event !== 'done') throw new Error(`The rank has failed: ${JSON.stringify(end)} ${words}`);
    const curve = events.flatMap((event) => {
      if (event.event !== 'round') return [];
      const { round: iteration, seconds, trainLoss, validationLoss } = event;
      return [{ iteration, seconds, trainLoss, validationLoss }];
    });
    const [model, margins] = await Promise.all([readFile(end.model!.path), readFile(end.margins!.path)]);
    const ranks = { model, margins, codes, preparation, curve, endReason: end.reason };
    return runToEnd(trainModel(request, { fittedElsewhere: fittedByRanks(ranks, request.target) }));
  } finally {
    files.close();
    await rm(folder, { recursive: true });
  }
}

/** Answers GET with files. */
async function startFiles() {
  const contents = new Map<string, Buffer>();
  const server = createServer((request, response) => response.end(contents.get(request.url ?? '')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    put(content: Buffer): RemoteFile {
      const path = `/${contents.size}`;
      contents.set(path, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { url: `http://127.0.0.1:${port}${path}`, bytes: content.length, sha256 };
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
