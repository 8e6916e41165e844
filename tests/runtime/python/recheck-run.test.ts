import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const PROGRAM = join(import.meta.dirname, 'recheck_run.py');
const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;
const WITHOUT_PYTHON = HAS_PYTHON ? '' : ' (skipped: there is no python3 on the PATH)';

let server: TestServer;
let client: TestClient;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  folder = await mkdtemp(join(tmpdir(), 'trainyard-recheck-'));
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Rows without a target, a class of three rows, and labels that UTF-16 orders in another way than code points do. */
function fruitCsv(rows = 603): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const weight = ((index * 37) % 211) / 2;
    const kind = weight > 60 ? '\u{1f34f} apple' : weight > 25 ? '\uff0a star' : 'fig';
    const label = index % 40 === 7 ? ['', 'n/a'][index % 2] : index % 201 === 0 ? 'rare' : kind;
    const price = index % 50 === 3 ? '' : (weight * 1.5 + ((index * 13) % 17) / 10).toFixed(2);
    return `${weight},${['"north, far"', 'south', ''][index % 3]},${label},${price}`;
  });
  return `weight,region,kind,price\n${lines.join('\n')}\n`;
}

async function download(input: object): Promise<string> {
  const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
    'mutation ($input: DownloadInput!) { createDownload(input: $input) { url } }',
    { input },
  );
  const response = await fetch(createDownload.url);
  expect(response.status).toBe(200);
  return await response.text();
}

interface Recheck {
  readonly rows: readonly number[];
  readonly predicted: readonly (string | number)[];
  readonly metric: number;
}

describe.runIf(HAS_PYTHON)(`a stranger with the documentation and Python${WITHOUT_PYTHON}`, () => {
  test.each([
    { target: 'kind', metric: 'accuracy' },
    { target: 'price', metric: 'rmse' },
  ])(
    'rechecks a run with default settings: its test rows, their predictions and its $metric',
    async ({ target, metric }) => {
      const { id: datasetId } = await uploadDataset(client, { name: 'fruit.csv', content: fruitCsv() });
      const run = await train(client, { datasetId, target });
      const [dataset, model] = [join(folder, `${target}.csv`), join(folder, `${target}.json`)];
      await writeFile(dataset, await download({ datasetId }));
      await writeFile(model, await download({ artifactId: run.artifact?.id }));
      const kept = parse(await download({ trainingRunId: run.id }), { columns: true }) as Record<string, string>[];
      const { trainingRun } = await client.execute<{ trainingRun: { metrics: Record<string, number> } }>(
        `query ($id: ID!) { trainingRun(id: $id) { metrics { ... on ClassificationMetrics { accuracy }
        ... on RegressionMetrics { rmse } } } }`,
        { id: run.id },
      );
      const { status, stdout, stderr } = spawnSync('python3', [PROGRAM, dataset, model], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      const theirs = JSON.parse(stdout) as Recheck;
      expect(theirs.rows).toEqual(kept.map(({ row }) => Number(row)));
      const shown = theirs.predicted.map((value) => (typeof value === 'number' ? value.toFixed(6) : value));
      expect(shown).toEqual(
        kept.map(({ predicted = '' }) => (target === 'price' ? Number(predicted).toFixed(6) : predicted)),
      );
      expect(theirs.metric).toBeCloseTo(trainingRun.metrics[metric] ?? 0, 9);
    },
  );
});
