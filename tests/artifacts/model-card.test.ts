import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient, TestFile } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const CARD =
  'query ($id: ID!) { trainingRun(id: $id) { modelCard artifact { sha256 } metrics { primary { value } } } }';

interface Card {
  readonly modelCard: string;
  readonly artifact: { readonly sha256: string };
  readonly metrics: { readonly primary: { readonly value: number } };
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function cardOf(of: TestClient, id: string): Promise<Card> {
  return (await of.execute<{ trainingRun: Card }>(CARD, { id })).trainingRun;
}

/** The JSON blocks of a card: what uploadDataset and startTraining are to be given. */
function inputsOf(card: string): { upload: object; training: object } {
  const [upload, training] = Array.from(card.matchAll(/^(`{3,})json\n(.*?)\n\1$/gms), ([, , json]) =>
    JSON.parse(json ?? ''),
  );
  return { upload, training };
}

/** Decimal commas, days first, thousands, a token of its own for "missing", and bytes of windows-1252. */
function europeanCsv(): TestFile {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const day = `${String((i % 28) + 1).padStart(2, '0')}.${String((i % 12) + 1).padStart(2, '0')}.2024`;
    const price = `${1 + (i % 9)}.${String(100 + ((i * 37) % 900))},${i % 10}5`;
    return (
      `${(i % 17) / 4}`.replace('.', ',') +
      `;${day};${price};${i % 11 === 0 ? 'k.A.' : i % 5};${i % 17 > 8 ? 'süß' : 'herb'}`
    );
  });
  return { name: 'Äpfel.csv', content: Buffer.from(`Größe;Tag;Preis;Stufe;Art\n${rows.join('\n')}\n`, 'latin1') };
}

/** Names and labels that Markdown, HTML and a table of either would stumble over. */
function hostileCsv(): TestFile {
  const rows = Array.from(
    { length: 60 },
    (_, i) => `${i % 10},"<img src=x onerror=alert(1)>|",${i},${i % 10 > 4 ? '`a`|b' : '**c**'}`,
  );
  return {
    name: 'hostile.csv',
    content: `https://evil.example a | evil@example.org,"# not\n a title",\`\`\`\`json,label\n${rows.join('\n')}\n`,
  };
}

/** More columns than a card lists; the last one is numbers that are to be read as labels. */
function wideCsv(): TestFile {
  const names = Array.from({ length: 210 }, (_, column) => `c${column}`);
  const rows = Array.from({ length: 40 }, (_, i) => names.map((_name, column) => (i * (column + 3)) % 7).join(','));
  const labelled = rows.map((row, i) => `${row},${(i * 212) % 7 > 2 ? 'a' : 'b'}`);
  return { name: 'wide.csv', content: `${names.join(',')},label\n${labelled.join('\n')}\n` };
}

describe.each([
  [
    'a classifier',
    flowersCsv(),
    {},
    { parameters: { trees: 12, maxDepth: 3, seed: 4 }, split: { strategy: 'INTERLEAVED', testFraction: 0.25 } },
  ],
  [
    'a forest',
    flowersCsv(),
    {},
    { algorithm: 'RANDOM_FOREST', parameters: { trees: 10, seed: 9 }, split: { seed: 5 } },
  ],
  ['a regressor', housesCsv(), {}, { algorithm: 'LINEAR', features: ['size'] }],
  [
    'a file of another country',
    europeanCsv(),
    { csv: { missingTokens: ['k.A.'] } },
    { target: 'Art', parameters: { trees: 8 } },
  ],
  ['hostile names', hostileCsv(), {}, { target: 'label', parameters: { trees: 5 } }],
  [
    'many columns',
    wideCsv(),
    { csv: { columnKinds: [{ column: 'c209', kind: 'CATEGORICAL' }] } },
    { target: 'label', algorithm: 'LINEAR' },
  ],
] as const)('of %s', (_what, file, input, params) => {
  test('a model card suffices to train the same model again', async () => {
    const { id: datasetId } = await uploadDataset(client, file, input);
    const { id } = await train(client, { datasetId, ...params });
    const { modelCard, artifact, metrics } = await cardOf(client, id);
    expect(modelCard).toContain(artifact.sha256);
    expect(modelCard).toContain(String(Number(metrics.primary.value.toPrecision(5))));

    const stranger = await server.signUp();
    const { upload, training } = inputsOf(modelCard);
    const again = await uploadDataset(stranger, file, upload);
    const repeated = await train(stranger, { ...training, datasetId: again.id });
    expect((await cardOf(stranger, repeated.id)).artifact.sha256).toBe(artifact.sha256);
  });
});

test('a model card says how good the model is beside the baseline, which features matter, and what was wrong', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv(), { name: 'garden' });
  const { modelCard } = await cardOf(client, (await train(client, { datasetId, parameters: { trees: 5 } })).id);
  const titles = Array.from(modelCard.matchAll(/^#+ .*$/gm), ([title]) => title);
  expect(titles).toEqual([
    '# GRADIENT_BOOSTING for kind of garden, version 1',
    ...['## Data', '## Split', '## Features', '## Parameters', '## Metrics', '## Confusion matrix', '## Classes'],
    ...['## Importances', '## Warnings', '## To train it again'],
  ]);
  expect(modelCard).toMatch(/^\| \*\*ACCURACY\*\* \| \S+ \(95 %: \S+ to \S+\) \| \S+ \| higher \|$/m);
  expect(modelCard).toMatch(/^\| trained by \| Trainyard /m);
});

test('user text in a model card is escaped', async () => {
  const { id: datasetId } = await uploadDataset(client, hostileCsv());
  const { modelCard } = await cardOf(
    client,
    (await train(client, { datasetId, target: 'label', parameters: { trees: 5 } })).id,
  );
  const prose = modelCard.replace(/^(`{3,})json\n.*?\n\1$/gms, '');
  expect(prose).not.toMatch(/<img|https?:|mailto:|evil@/);
  expect(prose).not.toMatch(/^# not/m);
  expect(prose).not.toMatch(/^`{3}/m);
  const rows = prose.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.length).toBeGreaterThan(20);
  expect(inputsOf(modelCard).training).toMatchObject({ target: 'label' });
});

test('the model card is null for a run without a model, and stays when the model file is deleted', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const failed = await startTraining(client, {
    datasetId,
    target: 'kind',
    features: ['petal'],
    split: { testFraction: 0.99 },
  });
  expect((await endOfRun(client, failed)).status).toBe('FAILED');
  const { id, artifact } = await train(client, { datasetId, algorithm: 'BASELINE' });
  await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { id } }', { id: artifact?.id });
  const page = await client.execute<{ trainingRuns: { edges: { node: { id: string; modelCard: string | null } }[] } }>(
    '{ trainingRuns(first: 2) { edges { node { id modelCard } } } }',
  );
  expect(page.trainingRuns.edges.map(({ node }) => node)).toEqual([
    { id, modelCard: expect.stringContaining('| model | deleted |') },
    { id: failed, modelCard: null },
  ]);
});
