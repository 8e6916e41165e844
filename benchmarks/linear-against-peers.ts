/**
 * Claim: LINEAR is fitted sooner than scikit-learn's linear models, which are prepared for by imputing, scaling and one-hot
 * columns, and is as good.
 *
 *   node benchmarks/linear-against-peers.ts FILE:TARGET[:DROP] ... [--runs 5] [--python /usr/bin/python3]
 *
 * DROP names a column that is no feature. The peer is benchmarks/linear-peers.py: LogisticRegression(max_iter=1000) for
 * texts, LinearRegression for numbers, on all cores; ours is the algorithm as a run has it, on one. Alternating runs, each in
 * a process of its own; medians. "prepare + fit" is what comes after reading the file and before testing the model: for ours
 * the stages PREPARING and FITTING, compiling included. "fit" is the peer's without its preparation, and ours all the same.
 * Times of a busy machine say little, their ratios in alternating runs more; "cpu" is the seconds of all cores.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

interface Measurement {
  readonly seconds: number;
  /** Without preparation. */
  readonly fitting: number;
  readonly cpu: number;
  /** Log-loss or R2 on the test rows. */
  readonly score: number;
}

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    python: { type: 'string', default: 'python3' },
  },
  allowPositionals: true,
});
if (positionals.length === 0) {
  throw new Error('usage: node benchmarks/linear-against-peers.ts FILE:TARGET[:DROP] ... [--runs 5] [--python PATH]');
}

const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
const OWN = `
  import { inspectCsv } from ${source('../src/tabular/inspect-csv.ts')};
  import { resolveParameters } from ${source('../src/ml/parameters/parameters.ts')};
  import { trainModel } from ${source('../src/ml/train-model.ts')};
  const [file, target, drop] = process.argv.slice(1);
  const { table } = inspectCsv(file, {}, { minDataRows: 1, maxEmptyRatio: 1 });
  const isFeature = ({ name, kind }) =>
    name !== target && name !== drop && ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'].includes(kind);
  const isLabel = table.columns.find(({ name }) => name === target).storage === 'label';
  const training = trainModel({
    table, target, task: isLabel ? 'CLASSIFICATION' : 'REGRESSION',
    features: table.columns.filter(isFeature).map(({ name }) => name),
    algorithm: 'LINEAR', parameters: resolveParameters('LINEAR', {}),
    split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
  });
  const used = process.cpuUsage(); const start = performance.now(); let fitStart = start; let seconds = 0; let cpu = 0;
  let step = training.next();
  for (; !step.done; step = training.next()) {
    if (step.value.stage === 'PREPARING') fitStart = performance.now();
    if (step.value.stage !== 'EVALUATING' || seconds > 0) continue;
    seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(used); cpu = (user + system) / 1e6;
  }
  const fitting = seconds - (fitStart - start) / 1000;
  const { logLoss, r2 } = step.value.metrics;
  console.log(JSON.stringify({ seconds, fitting, cpu, score: logLoss ?? r2 }));`;

console.log(`node ${process.version}, ${availableParallelism()} cores, ${values.runs} runs`);
for (const wanted of positionals) {
  const [file, target, ...drop] = wanted.split(':');
  if (file === undefined || target === undefined) throw new Error(`${wanted} is not FILE:TARGET[:DROP]`);
  const own: Measurement[] = [];
  const peer: Measurement[] = [];
  const script = new URL('linear-peers.py', import.meta.url).pathname;
  for (let run = 0; run < Number(values.runs); run++) {
    own.push(measure(process.execPath, ['--input-type=module', '-e', OWN, file, target, ...drop]));
    peer.push(measure(values.python, [script, file, target, ...drop]));
  }
  console.log(`\n${basename(file)}, target ${target}`);
  print('LINEAR', own);
  print('scikit-learn', peer);
  const times = (pick: (one: Measurement) => number): string =>
    own.map((one, run) => (pick(peer[run] ?? one) / pick(one)).toFixed(1)).join(' ');
  console.log(`  sooner by the factor, prepare + fit: ${times((one) => one.seconds)}`);
  console.log(`  sooner by the factor, fit alone:     ${times((one) => one.fitting)}`);
}

function measure(program: string, parameters: readonly string[]): Measurement {
  return JSON.parse(execFileSync(program, parameters, { encoding: 'utf8' })) as Measurement;
}

function print(name: string, runs: readonly Measurement[]): void {
  const value = (pick: (one: Measurement) => number): string => median(runs.map(pick)).toFixed(3).padStart(7);
  const range = runs.map((one) => one.seconds.toFixed(2)).join(' ');
  console.log(
    `  ${name.padEnd(13)} prepare + fit ${value((one) => one.seconds)} s  fit ${value((one) => one.fitting)} s  ` +
      `cpu ${value((one) => one.cpu)} s  score ${median(runs.map((one) => one.score)).toFixed(5)}   ${range}`,
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
