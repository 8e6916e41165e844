/**
 * Claim: predicting one row takes less processor time on the event loop than in a thread, for GRADIENT_BOOSTING with 100 trees of
 * 31 leaves on 20 numbers: see docs/adr/0022.
 *
 *   node benchmarks/small-predictions.ts
 *
 * Both ways of the service that the API asks, without a database and without HTTP, in turn: three rounds of 3,000 predictions, one
 * and 16 at a time. Microseconds of the processor for each prediction, of all threads of the process.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { createRandom } from '../src/ml/random.ts';
import { trainModel } from '../src/ml/train-model.ts';
import { PredictionService } from '../src/predictions/prediction.service.ts';
import type { Column } from '../src/tabular/types/column.ts';

const ROWS = 5_000;
const PREDICTIONS = 3_000;
const FEATURES = Array.from({ length: 20 }, (_, feature) => `x${feature}`);

const VIEWER = {
  ...{ userId: 'user', workspaceId: 'workspace', membershipId: 'member', role: 'OWNER' as const },
  ...{ sessionId: 'session', apiKeyId: null, outside: null },
};

/** The file of a model of made-up rows, the same at every run. */
function trainedModel(): Uint8Array {
  const random = createRandom(1);
  const numbers = FEATURES.map((name) => {
    const values = Float64Array.from({ length: ROWS }, () => random.uniform());
    return { storage: 'number', name, kind: 'NUMERIC', values } as const;
  });
  const codes = Int32Array.from({ length: ROWS }, (_, row) => {
    const score = numbers.reduce((sum, { values }, k) => sum + Math.sin((values[row] ?? 0) * 9 * (k + 1)), 0);
    return score > 0 ? 1 : 0;
  });
  const answer: Column = { storage: 'label', name: 'answer', kind: 'CATEGORICAL', codes, labels: ['no', 'yes'] };
  const training = trainModel({
    table: { rowCount: ROWS, columns: [...numbers, answer] },
    ...{ target: 'answer', task: 'CLASSIFICATION', features: FEATURES, algorithm: 'GRADIENT_BOOSTING' },
    parameters: resolveParameters('GRADIENT_BOOSTING', { trees: 100, maxLeaves: 31, earlyStoppingRounds: null }),
    split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
  });
  for (;;) {
    const step = training.next();
    if (step.done === true) return step.value.modelBytes;
  }
}

/** A service with one model, whose file is said to have so many bytes: large ones are left to the threads. */
function serviceOf(file: Uint8Array, sizeBytes: number): PredictionService {
  const sha256 = createHash('sha256').update(file).digest('hex');
  const { workspaceId } = VIEWER;
  const artifact = {
    ...{ id: 'model', workspaceId, runId: 'run', format: 'TRAINYARD_JSON', sizeBytes, sha256, pinned: false },
    ...{ createdAt: new Date(), deletedAt: null },
  };
  const download = { filename: 'model.json', contentType: 'application/json', sizeBytes, sha256 };
  const open = async () => Readable.from([Buffer.from(file)]);
  const fileOf = () => ({ ...download, open, signedUrl: async () => null });
  return new PredictionService({ fileOf }, { find: async () => artifact }, 100_000_000);
}

function rowOf(number: number): Record<string, number> {
  return Object.fromEntries(FEATURES.map((name, feature) => [name, ((number * (31 + feature)) % 997) / 997]));
}

/** Microseconds of the processor for each prediction. */
async function processorTime(service: PredictionService, atOnce: number): Promise<number> {
  let asked = 0;
  const before = process.cpuUsage();
  const asking = Array.from({ length: atOnce }, async () => {
    while (asked < PREDICTIONS) await service.predict(VIEWER, 'model', [rowOf(asked++)]);
  });
  await Promise.all(asking);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / PREDICTIONS;
}

const file = trainedModel();
const services = { 'event loop': serviceOf(file, file.length), thread: serviceOf(file, 10_000_000) };
console.log(`a model file of ${file.length} bytes; microseconds of the processor for one row`);
for (const atOnce of [1, 16]) {
  // The first round, in which the model is read and the code compiled, is not shown.
  for (let round = 0; round <= 3; round++) {
    for (const [place, service] of Object.entries(services)) {
      const microseconds = await processorTime(service, atOnce);
      if (round === 0) continue;
      console.log(`${String(atOnce).padStart(2)} at a time  ${place.padEnd(10)}  ${microseconds.toFixed(1)}`);
    }
  }
}
await Promise.all(Object.values(services).map((service) => service.close()));
