import type { TestClient } from '../../support/test-client.ts';

/** A batch prediction as the tests read it. */
export interface TestBatch {
  readonly id: string;
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly attempt: number;
  readonly error: { readonly code: string } | null;
  readonly artifactId: string | null;
  readonly datasetId: string | null;
  readonly rowCount: number | null;
  readonly sizeBytes: number | null;
  readonly warnings: readonly { readonly column: string; readonly code: string; readonly message: string }[];
  readonly preview: readonly {
    readonly row: number;
    readonly label: string | null;
    readonly value: number | null;
    readonly low: number | null;
    readonly high: number | null;
    readonly probability: number | null;
  }[];
  readonly metrics: Readonly<Record<string, number | null>> | null;
  readonly evaluation: {
    readonly perClass: readonly { readonly support: number }[] | null;
    readonly interval: { readonly level: number; readonly radius: number; readonly coverage: number } | null;
  } | null;
  readonly drift:
    | readonly {
        readonly column: string;
        readonly statistic: number;
        readonly missingBefore: number;
        readonly missingNow: number;
        readonly unseenRatio: number;
        readonly verdict: string;
      }[]
    | null;
}

export const BATCH = `id status stage progress attempt error { code } artifactId datasetId rowCount sizeBytes
  warnings { column code message } preview { row label value low high probability }
  metrics { ... on ClassificationMetrics { accuracy logLoss rocAuc } ... on RegressionMetrics { rmse mae } }
  evaluation { perClass { support } interval { level radius coverage } }
  drift { column statistic missingBefore missingNow unseenRatio verdict }`;

export const START_BATCH = `mutation ($input: StartBatchPredictionInput!) { startBatchPrediction(input: $input) { ${BATCH} } }`;

/** Queues a batch prediction and gives it as it is then. */
export async function startBatch(client: TestClient, input: object): Promise<TestBatch> {
  return (await client.execute<{ startBatchPrediction: TestBatch }>(START_BATCH, { input })).startBatchPrediction;
}

/** Follows a batch prediction to its end. */
export async function endOfBatch(client: TestClient, id: string): Promise<TestBatch> {
  let last: TestBatch | null = null;
  for await (const { batchPredictionProgress } of client.subscribe<{ batchPredictionProgress: TestBatch }>(
    `subscription ($id: ID!) { batchPredictionProgress(id: $id) { ${BATCH} } }`,
    { id },
  )) {
    last = batchPredictionProgress;
  }
  if (last === null) throw new Error('The subscription ended without saying anything.');
  return last;
}

/** Makes a batch prediction, which must succeed. */
export async function predictBatch(client: TestClient, input: object): Promise<TestBatch> {
  const batch = await endOfBatch(client, (await startBatch(client, input)).id);
  if (batch.status !== 'SUCCEEDED') throw new Error(`The batch prediction failed: ${JSON.stringify(batch)}`);
  return batch;
}

/** How many rows the metrics of a classifier are of. */
export function scoredRows({ evaluation }: Pick<TestBatch, 'evaluation'>): number {
  return (evaluation?.perClass ?? []).reduce((sum, { support }) => sum + support, 0);
}

/** The file of a batch prediction. */
export async function batchFile(client: TestClient, id: string): Promise<string> {
  const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
    'mutation ($id: ID!) { createDownload(input: { batchPredictionId: $id }) { url } }',
    { id },
  );
  const response = await fetch(createDownload.url);
  if (!response.ok) throw new Error(`The download was refused: ${response.status}`);
  return Buffer.from(await response.arrayBuffer()).toString('utf8');
}
