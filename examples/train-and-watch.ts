/**
 * What a client of Trainyard does, from the first to the last step: sign up, upload a CSV, start a training, watch it,
 * read the metrics, save the model. It needs nothing but Node's own fetch and WebSocket and the graphql-ws client.
 *
 *   npm run example                                        the file that ships with the project
 *   npm run example -- FILE.csv [TARGET] [ALGORITHM]       one of yours
 */
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import { fatal, Graphql } from './graphql.ts';
import { drawTable, type Loss, ProgressBar } from './terminal.ts';

interface Metrics {
  readonly accuracy?: number;
  readonly f1?: number;
  readonly rocAuc?: number | null;
  readonly logLoss?: number | null;
  readonly r2?: number | null;
  readonly rmse?: number | null;
  readonly mae?: number | null;
}

interface Event {
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly point: { readonly trainLoss: number | null; readonly validationLoss: number | null } | null;
  readonly error: { readonly message: string; readonly hint: string | null } | null;
}

interface Run {
  readonly algorithm: string;
  readonly target: string;
  readonly durationSeconds: number;
  readonly split: { readonly trainRows: number; readonly testRows: number };
  readonly metrics: Metrics;
  readonly baseline: Metrics;
  readonly featureImportances: readonly { readonly feature: string; readonly importance: number }[];
  readonly artifact: { readonly modelUrl: string; readonly sizeBytes: number };
}

const METRIC_NAMES: readonly (readonly [keyof Metrics, string])[] = [
  ['accuracy', 'accuracy'],
  ['f1', 'F1 (macro)'],
  ['rocAuc', 'ROC AUC'],
  ['logLoss', 'log-loss'],
  ['r2', 'R2'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
];

const server = process.env['TRAINYARD_URL'] ?? 'http://127.0.0.1:4000';
const shipped = join(import.meta.dirname, 'data', 'telco-churn.csv');
const [file = shipped, target, algorithm] = parseArgs({ allowPositionals: true }).positionals;

const graphql = new Graphql(`${server}/graphql`);
await signUp();
const datasetId = await upload(file);
const runId = await start(datasetId);
await watch(runId);
await report(runId);

/** A user of its own for each run of the example, so that it leaves nobody else's workspace untidy. */
async function signUp(): Promise<void> {
  const input = { email: `example-${Date.now()}@example.com`, password: crypto.randomUUID() };
  await graphql.signUp(input);
}

async function upload(path: string): Promise<string> {
  const content = await openAsBlob(path).catch(() => fatal(`There is no file ${path}.`));
  const { uploadDataset } = await graphql.sendFile<{
    uploadDataset: {
      dataset: { id: string; name: string; version: number; rowCount: number; columnCount: number } | null;
      report: { issues: { severity: string; message: string }[] };
    };
  }>(
    `mutation ($file: Upload!) { uploadDataset(file: $file) {
       dataset { id name version rowCount columnCount } report { issues { severity message } } } }`,
    content,
    basename(path),
  );
  const { dataset, report } = uploadDataset;
  for (const { severity, message } of report.issues) console.log(`  ${severity.toLowerCase()}: ${message}`);
  if (dataset === null) return fatal('The file was refused.');
  const { name, version, rowCount, columnCount } = dataset;
  console.log(`Uploaded ${name}, version ${version}: ${countOf(rowCount)} rows, ${columnCount} columns`);
  return dataset.id;
}

/**
 * The loss on rows that fitting does not see, where there is one (a forest, or with `earlyStoppingRounds`); else on those that
 * it does see, which falls further than a test will show.
 */
function lossOf({ trainLoss, validationLoss }: NonNullable<Event['point']>): Loss | null {
  if (validationLoss !== null) return { name: 'validation loss', value: validationLoss };
  return trainLoss === null ? null : { name: 'training loss', value: trainLoss };
}

/** A count with its thousands set apart, as "7,043". */
function countOf(count: number): string {
  return count.toLocaleString('en');
}

async function start(datasetId: string): Promise<string> {
  const input = { datasetId, ...(target ? { target } : {}), ...(algorithm ? { algorithm } : {}) };
  const { startTraining } = await graphql.send<{ startTraining: { id: string; algorithm: string; target: string } }>(
    'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id algorithm target } }',
    { input },
  );
  console.log(`Training ${startTraining.algorithm} to predict ${startTraining.target}\n`);
  return startTraining.id;
}

/** Follows the events to the last one. The client reconnects by itself; `afterSeq` would let it resume by hand. */
async function watch(runId: string): Promise<void> {
  const client = createClient({
    url: `${server.replace('http', 'ws')}/graphql`,
    // Asked at each connection: the socket itself outlives the token that it was opened with.
    connectionParams: async () => ({ authorization: `Bearer ${await graphql.accessToken()}` }),
  });
  const bar = new ProgressBar();
  let loss: Loss | null = null;
  const query = `subscription ($runId: ID!) { trainingEvents(runId: $runId) {
    status stage progress etaSeconds point { trainLoss validationLoss } error { message hint } } }`;
  for await (const { data, errors } of client.iterate<{ trainingEvents: Event }>({ query, variables: { runId } })) {
    if (!data) return fatal(JSON.stringify(errors));
    const { stage, progress, etaSeconds, point, error } = data.trainingEvents;
    loss = (point && lossOf(point)) ?? loss;
    bar.draw(stage, progress, etaSeconds, loss);
    if (error) return fatal(`\n${error.message} ${error.hint ?? ''}`);
  }
  bar.end();
  await client.dispose();
}

async function report(runId: string): Promise<void> {
  const { trainingRun: run } = await graphql.send<{ trainingRun: Run }>(
    `query ($id: ID!) { trainingRun(id: $id) {
       algorithm target durationSeconds split { trainRows testRows }
       metrics { ...figures } baseline { ...figures }
       featureImportances(limit: 5) { feature importance } artifact { modelUrl sizeBytes } } }
     fragment figures on Metrics {
       ... on ClassificationMetrics { accuracy f1 rocAuc logLoss }
       ... on RegressionMetrics { r2 rmse mae } }`,
    { id: runId },
  );
  const { trainRows, testRows } = run.split;
  console.log(
    `\nTrained on ${countOf(trainRows)} rows in ${run.durationSeconds.toFixed(1)} s; measured on ${countOf(testRows)} rows it never saw:\n`,
  );
  const figure = (value: number | null | undefined) => (typeof value === 'number' ? value.toPrecision(4) : '–');
  const rows = METRIC_NAMES.filter(([key]) => run.metrics[key] !== undefined).map(([key, name]) => [
    name,
    figure(run.metrics[key]),
    figure(run.baseline[key]),
  ]);
  console.log(drawTable(['', run.algorithm, 'BASELINE'], rows));
  const costs = run.featureImportances.map(({ feature, importance }) => `${feature} ${importance.toFixed(3)}`);
  const change = run.metrics.accuracy === undefined ? 'drop in R2' : 'increase in log-loss';
  console.log(`\nPermutation importance (${change}): ${costs.join(', ')}`);

  const model = await fetch(run.artifact.modelUrl);
  if (!model.ok) return fatal(`The model could not be fetched: ${model.status}`);
  const path = join(process.cwd(), `${basename(file, '.csv')}-model.json`);
  await writeFile(path, await model.bytes());
  console.log(`Saved ${relative(process.cwd(), path)} (${Math.ceil(run.artifact.sizeBytes / 1000)} kB)`);
}
