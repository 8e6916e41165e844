/**
 * Claim: importances by permutation take at most a fifth of a second, or a fifth of a training's time where that is more.
 *
 *   node benchmarks/importances-cost.ts [--rows 100000,1000000] [--threads 2]
 *
 * Each algorithm with its default parameters on a made-up table in memory (made-table.ts) of 15 numbers and 5 categories,
 * with so many threads. "all" is trainModel from the table to the tested model, "importances" the last part of it; the
 * share is of all the rest. Exit code 1 if one takes more.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { explainingFraction, fittingBounds, sampleSize, type TrainingSize } from '../src/ml/cost-model.ts';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { ALGORITHM_NAMES } from '../src/ml/registry.ts';
import { trainModel } from '../src/ml/train-model.ts';
import { madeTable } from './support/made-table.ts';
import { withWorkerPool } from './support/worker-pool.ts';

const MAX_SHARE = 0.2;
const MAX_SECONDS = 0.2;

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000,1000000' }, threads: { type: 'string', default: '2' } },
});

const [load = 0] = loadavg();
let holds = true;
print('rows', 'algorithm', 'all, s', 'importances', 'share', 'test rows');
for (const rowCount of values.rows.split(',').map(Number)) {
  const { table, features } = madeTable({ rowCount, numberCount: 15, categoryCount: 5, missingShare: 0.05, seed: 1 });
  for (const algorithm of ALGORITHM_NAMES.filter((name) => name !== 'BASELINE')) {
    const parameters = resolveParameters(algorithm, {});
    const request = {
      ...{ table, features, algorithm, parameters, target: 'label' },
      task: 'CLASSIFICATION',
      split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
    } as const;
    const trainRows = 0.8 * rowCount;
    const size = {
      algorithm,
      parameters,
      trainRows,
      testRows: rowCount - trainRows,
      features: features.length,
      labels: 2,
    };
    const { all, importances } = await withWorkerPool('src', Number(values.threads), (pool) => {
      const beginsAt = importancesBeginAt(size, pool.size);
      const startedAt = performance.now();
      let began = startedAt;
      const training = trainModel(request, { pool });
      for (let step = training.next(); !step.done; step = training.next()) {
        // The last step that is not beyond it: the baseline's are all there.
        if (step.value.progress <= beginsAt) began = performance.now();
      }
      const ended = performance.now();
      return { all: (ended - startedAt) / 1000, importances: (ended - began) / 1000 };
    });
    const share = importances / (all - importances);
    holds &&= share <= MAX_SHARE || importances <= MAX_SECONDS;
    const cells = [all.toFixed(2), importances.toFixed(3), `${(100 * share).toFixed(1)} %`, `${sampleSize(size)}`];
    print(`${rowCount}`, algorithm, ...cells);
  }
}
console.log(`\nat most a fifth, of a second or of the rest: ${holds ? 'holds' : 'MISSED'}`);
console.log(`node ${process.version}; threads: ${values.threads}; load of the machine before: ${load.toFixed(1)}`);
process.exitCode = holds ? 0 : 1;

/** On the scale of the training's progress; a little above, for what is lost in computing it. */
function importancesBeginAt(size: TrainingSize, threads: number): number {
  const { ends } = fittingBounds(size, threads);
  return ends + (1 - ends) * (1 - explainingFraction(size)) + 1e-12;
}

function print(...cells: readonly string[]): void {
  console.log(cells.map((cell) => cell.padStart(18)).join(''));
}
