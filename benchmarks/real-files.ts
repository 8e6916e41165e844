/**
 * Claim: real CSV files upload and train over the API, and boosting is better than the baseline on each.
 *
 *   node benchmarks/real-files.ts --data DIR [--only FILE,FILE] [--algorithms LINEAR,GRADIENT_BOOSTING]
 *
 * DIR holds CSV files and a MANIFEST.json that lists them: file, target, task, `read` (delimiter, encoding, decimal,
 * missing) and `ignore` (columns that are no features). The script starts a server of its own, on an empty folder, and
 * talks to it as any client would. Test rows: every fifth (INTERLEAVED, 0.2). Build first: npm run build.
 */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from './support/client.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { startServer } from './support/server.ts';

interface Metrics {
  readonly accuracy?: number;
  readonly logLoss?: number;
  readonly r2?: number;
}

interface Run {
  readonly status: string;
  readonly error: { readonly message: string } | null;
  readonly durationSeconds: number;
  readonly metrics: Metrics | null;
  readonly baseline: Metrics | null;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    algorithms: { type: 'string', default: 'LINEAR,DECISION_TREE,RANDOM_FOREST,GRADIENT_BOOSTING' },
  },
});
if (values.data === undefined) throw new Error('Usage: node benchmarks/real-files.ts --data DIR');
const directory = values.data;

const server = await startServer();
let failures = 0;
try {
  const client = await Client.signUp(server.url);
  print('file', 'algorithm', 'accuracy', 'log-loss', 'of baseline', 'R2', 'of baseline', 'seconds');
  for (const entry of readManifest(directory, values.only)) await measure(client, entry);
} finally {
  await server.stop();
}
console.log(failures === 0 ? '\nBoosting is better than the baseline on every file.' : `\n${failures} failed.`);
process.exitCode = failures === 0 ? 0 : 1;

async function measure(client: Client, entry: ManifestEntry): Promise<void> {
  const startedAt = performance.now();
  const datasetId = await upload(client, entry);
  if (datasetId === null) return;
  print(entry.file, 'upload', '', '', '', '', '', ((performance.now() - startedAt) / 1000).toFixed(2));
  const features = await usableFeatures(client, datasetId, entry);
  for (const algorithm of values.algorithms.split(',')) {
    const run = await train(client, {
      datasetId,
      algorithm,
      features,
      target: entry.target,
      task: entry.task.toUpperCase(),
    });
    const isBetter = isBetterThanBaseline(run);
    if (run.error !== null || (algorithm === 'GRADIENT_BOOSTING' && !isBetter)) failures += 1;
    const { metrics, baseline } = run;
    const values = [metrics?.accuracy, metrics?.logLoss, baseline?.logLoss, metrics?.r2, baseline?.r2].map(
      (value) => value?.toFixed(4) ?? '',
    );
    print('', algorithm, ...values, run.error?.message ?? run.durationSeconds.toFixed(2));
  }
}

async function upload(client: Client, entry: ManifestEntry): Promise<string | null> {
  const csv = entry.read.missing.length > 0 ? { missingTokens: entry.read.missing } : null;
  const { uploadDataset } = await client.sendFile<{
    uploadDataset: { dataset: { id: string } | null; report: { issues: { severity: string; message: string }[] } };
  }>(
    `mutation ($file: Upload!, $input: UploadDatasetInput) { uploadDataset(file: $file, input: $input) {
       dataset { id } report { issues { severity message } } } }`,
    await openAsBlob(join(directory, entry.file)),
    entry.file,
    { input: { csv } },
  );
  if (uploadDataset.dataset !== null) return uploadDataset.dataset.id;
  failures += 1;
  const [mistake] = uploadDataset.report.issues.filter(({ severity }) => severity === 'ERROR');
  print(entry.file, 'refused', mistake?.message ?? '', '', '', '', '', '');
  return null;
}

/** The columns that the server would use by itself, less those that the manifest says to ignore. */
async function usableFeatures(client: Client, datasetId: string, { target, ignore }: ManifestEntry): Promise<string[]> {
  const { dataset } = await client.send<{
    dataset: { rowCount: number; columns: { name: string; kind: string; missing: number }[] };
  }>('query ($id: ID!) { dataset(id: $id) { rowCount columns(limit: 1000) { name kind missing } } }', {
    id: datasetId,
  });
  const kinds = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];
  return dataset.columns
    .filter(
      ({ name, kind, missing }) =>
        kinds.includes(kind) && missing < dataset.rowCount && name !== target && !(name in ignore),
    )
    .map(({ name }) => name);
}

async function train(client: Client, input: object): Promise<Run> {
  const { startTraining } = await client.send<{ startTraining: { id: string } }>(
    'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }',
    { input: { ...input, split: { strategy: 'INTERLEAVED', testFraction: 0.2 } } },
  );
  const query = `subscription ($id: ID!) { trainingProgress(runId: $id) { status durationSeconds error { message }
    metrics { ...figures } baseline { ...figures } } }
    fragment figures on Metrics { ... on ClassificationMetrics { accuracy logLoss } ... on RegressionMetrics { r2 } }`;
  return (await client.last<{ trainingProgress: Run }>(query, { id: startTraining.id })).trainingProgress;
}

function isBetterThanBaseline({ metrics, baseline }: Run): boolean {
  if (metrics?.logLoss !== undefined) return metrics.logLoss < (baseline?.logLoss ?? Number.NEGATIVE_INFINITY);
  return (metrics?.r2 ?? Number.NEGATIVE_INFINITY) > (baseline?.r2 ?? Number.POSITIVE_INFINITY);
}

function print(...cells: string[]): void {
  const widths = [26, 18, 9, 9, 12, 9, 12, 8];
  console.log(
    cells
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join(' '),
  );
}
