import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvOf, predict, referenceRows, withTexts } from '../artifacts/imports/import-operations.ts';
import { referenceBytes } from '../ml/foreign/reference-rows.ts';
import { endOfRun, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../support/xgboost-python.ts';

const run = promisify(execFile);

const DOCUMENT = readFileSync('docs/importing-models.md', 'utf8');

/** Of the block in Python: a table of customers, whose columns are those of the document. */
const TABLE = `
import pandas
rows = range(200)
table = pandas.DataFrame({
    "tenure": [row * 37 % 70 for row in rows],
    "contract": pandas.Categorical([["month", "year"][row % 2] for row in rows]),
    "charges": [20 + row * 53 % 90 for row in rows],
    "churn": [["No", "Yes"][row * 37 % 70 < 25 and row % 2 == 0] for row in rows],
})
table.to_csv("churn.csv", index=False)
`;

let server: TestServer;
let client: TestClient;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  folder = mkdtempSync(join(tmpdir(), 'importing-models-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

/** The first block of the document in a language. */
function blockOf(language: string): string {
  const [, block] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(DOCUMENT) ?? [];
  if (block === undefined) throw new Error(`docs/importing-models.md has no block of ${language}.`);
  return block;
}

interface Answer {
  readonly data: {
    readonly importModel: {
      readonly artifact: {
        readonly id: string;
        readonly labels: readonly string[];
        readonly run: { readonly id: string };
      };
      readonly report: readonly { readonly severity: string }[];
    };
  };
}

/** What the lines with curl print, with a file churn.ubj beside them. */
async function runLines(datasetId: string): Promise<Answer['data']['importModel']> {
  const block = blockOf('sh');
  expect(block).toContain('"datasetId": "…"');
  const env = { ...process.env, URL: server.url, TOKEN: client.token ?? '' };
  const { stdout } = await run('sh', ['-c', block.replace('"…"', `"${datasetId}"`)], { cwd: folder, env });
  return (JSON.parse(stdout) as Answer).data.importModel;
}

test('the lines with curl of docs/importing-models.md import a model, which is evaluated', async () => {
  const { rows, outputs } = referenceRows('xgb-logistic.ubj', 400);
  const labelled = rows.map((row, index) => ({
    ...withTexts(row),
    churn: (outputs[index]?.[0] ?? 0) > 0.5 ? 'Yes' : 'No',
  }));
  const { id } = await uploadDataset(client, { name: 'customers.csv', content: csvOf(labelled) });
  writeFileSync(join(folder, 'churn.ubj'), referenceBytes('xgb-logistic.ubj'));
  const { artifact } = await runLines(id);
  expect(artifact.labels).toEqual(['No', 'Yes']);
  expect((await endOfRun(client, artifact.run.id)).status).toBe('SUCCEEDED');
});

/** What the Python of the document needs beside xgboost. */
const HAS_TABLES = XGBOOST_PYTHON !== null && spawnSync(XGBOOST_PYTHON, ['-c', 'import pandas, sklearn']).status === 0;
const WITHOUT_TABLES =
  XGBOOST_PYTHON === null || HAS_TABLES ? WITHOUT_XGBOOST : ' (skipped: it has no pandas or sklearn)';

test.skipIf(!HAS_TABLES)(
  `the Python of docs/importing-models.md writes a model that these lines import, and that predicts the same${WITHOUT_TABLES}`,
  async () => {
    const asked = 'print(model.predict_proba(table[["tenure", "contract", "charges"]])[:5, 1].tolist())';
    writeFileSync(join(folder, 'train.py'), `${TABLE}\n${blockOf('python')}\n${asked}\n`);
    const { stdout } = await run(XGBOOST_PYTHON ?? '', ['train.py'], { cwd: folder });
    const theirs = JSON.parse(stdout) as number[];
    const content = readFileSync(join(folder, 'churn.csv'), 'utf8');
    const { id } = await uploadDataset(client, { name: 'churn.csv', content });
    const { artifact } = await runLines(id);
    const [header = '', ...lines] = content.trim().split('\n');
    const names = header.split(',');
    const rows = lines
      .slice(0, 5)
      .map((line) => Object.fromEntries(line.split(',').map((cell, c) => [names[c], cell])));
    const ours = (await predict(client, artifact.id, rows)).map(
      ({ probabilities }) => probabilities?.find(({ label }) => label === 'Yes')?.probability ?? Number.NaN,
    );
    for (const [row, probability] of theirs.entries()) expect(ours[row]).toBeCloseTo(probability, 6);
  },
);
