/**
 * Claim: a model that ranks train by XGBoost is about as good as one of the LOCAL engine with the same parameters and leaves of one
 * number, file by file.
 *
 *   XGBOOST_PYTHON=/usr/bin/python3 node benchmarks/distributed-quality.ts --data DIR [--only FILE,FILE] [--offsets 0] \
 *     [--given '{"trees":40}'] [--local '{"linearLeaves":true}'] [--settings '{"eta":0.2}']
 *
 * DIR and the offsets as in benchmarks/defaults.ts. --given: parameters of both, where they differ from the defaults; --local: of
 * the LOCAL engine alone; --settings: of XGBoost, in place of those that follow from the parameters. One rank trains: over several
 * of them nothing but the order of sums differs. The loss is that of the test rows: log-loss, or the root of the mean squared error.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { runToEnd } from '../src/ml/steps.ts';
import { type TrainedModel, trainModel } from '../src/ml/train-model.ts';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import { readManifest } from './support/manifest.ts';
import { trainByRank } from './support/train-by-rank.ts';
import { requestOfOffset } from './support/train-on-offset.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    offsets: { type: 'string', default: '0' },
    given: { type: 'string', default: '{}' },
    local: { type: 'string', default: '{}' },
    settings: { type: 'string', default: '{}' },
  },
});
if (values.data === undefined) throw new Error('usage: node benchmarks/distributed-quality.ts --data DIR');

/** As the engine DISTRIBUTED has them. */
const WITHOUT = { linearLeaves: false, sharedTrees: false };

console.log('file                      offset     loss  by rank   ratio  rounds  by rank');
for (const entry of readManifest(values.data, values.only)) {
  const { table } = inspectCsv(
    join(values.data, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  for (const offset of values.offsets.split(',').map(Number)) {
    const given = { ...WITHOUT, ...JSON.parse(values.given) };
    const request = requestOfOffset({ table, entry, algorithm: 'GRADIENT_BOOSTING', given, offset });
    const parameters = { ...request.parameters, ...resolved(JSON.parse(values.local)) };
    const local = runToEnd(trainModel({ ...request, parameters }));
    const byRank = await trainByRank(request, JSON.parse(values.settings));
    const [own, other] = [lossOf(local), lossOf(byRank)];
    console.log(
      [
        ...[
          entry.file.padEnd(25),
          String(offset).padStart(6),
          shown(own),
          shown(other),
          (other / own).toFixed(3).padStart(7),
        ],
        ...[roundsOf(local), roundsOf(byRank)],
      ].join(' '),
    );
  }
}

/** Those that are given. */
function resolved(given: Record<string, unknown>) {
  const all = resolveParameters('GRADIENT_BOOSTING', given);
  return Object.fromEntries(Object.keys(given).map((name) => [name, all[name]!]));
}

function lossOf({ metrics }: TrainedModel): number {
  return (metrics.task === 'REGRESSION' ? metrics.rmse : metrics.logLoss) ?? Number.NaN;
}

function roundsOf({ curve }: TrainedModel): string {
  return String(curve.at(-1)?.iteration ?? 0).padStart(7);
}

function shown(loss: number): string {
  return loss.toPrecision(5).padStart(8);
}
