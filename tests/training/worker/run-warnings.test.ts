import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endOfRun, START, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let reviews: string;

/** Beside two usable columns one of each kind that is left out, and targets of several kinds. */
function reviewsCsv() {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const said = `what was said of the thing number ${i * 7919}`;
    const rare = i % 20 === 0 ? i : '';
    return [
      ...[`R-${i}x${(i * 7919) % 1000}`, said, 'EUR', rare, `2024-0${1 + (i % 9)}-1${i % 7}`],
      ...[(i * 37) % 60, i % 3 ? 'new' : 'used', 1 + (((i * 37) % 60) % 5), i % 2 ? 'yes' : 'no'],
    ].join(',');
  });
  return {
    name: 'reviews.csv',
    content: `review,remark,currency,discount,day,size,state,stars,sold\n${rows.join('\n')}\n`,
  };
}

beforeAll(async () => {
  server = await startTestServer({ MAX_EMPTY_RATIO: '0.5' });
  client = await server.signUp();
  reviews = (await uploadDataset(client, reviewsCsv())).id;
});

afterAll(() => server.close());

async function warningsOf(id: string): Promise<string[]> {
  const { trainingRun } = await client.execute<{ trainingRun: { warnings: string[] } }>(
    'query ($id: ID!) { trainingRun(id: $id) { warnings } }',
    { id },
  );
  return trainingRun.warnings;
}

async function excludedColumns(id: string): Promise<string[]> {
  return (await warningsOf(id)).filter((warning) => warning.startsWith('excluded columns'));
}

const NAME_THEM = 'To use them, name them in features, or set another kind at the upload';
const EXCLUDED = [
  `excluded columns, because identifiers (IDENTIFIER) carry no information about new rows: review. ${NAME_THEM}`,
  `excluded columns, because free text (TEXT) takes part only where it is named: remark. ${NAME_THEM}`,
  `excluded columns, because constant columns (CONSTANT) carry no information: currency. ${NAME_THEM}`,
  `excluded columns, because more than 50 % of their values are missing: discount. ${NAME_THEM}`,
];

describe('columns that a run leaves out by default', () => {
  test('columns excluded by default are listed with the reason, from the start to the end and in a retry', async () => {
    const input = { datasetId: reviews, target: 'sold', algorithm: 'DECISION_TREE' };
    const id = await startTraining(client, input);
    expect(await excludedColumns(id)).toEqual(EXCLUDED);
    expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await excludedColumns(id)).toEqual(EXCLUDED);
    const { retryTraining: again } = await client.execute<{ retryTraining: { id: string } }>(
      'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
      { id },
    );
    expect(await endOfRun(client, again.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await excludedColumns(again.id)).toEqual(EXCLUDED);
  });

  test('named features give no warning about excluded columns', async () => {
    const input = { datasetId: reviews, target: 'sold', algorithm: 'BASELINE', features: ['size', 'state'] };
    expect(await excludedColumns((await train(client, input)).id)).toEqual([]);
  });

  test('the target and the column that splits the rows give no warning about excluded columns', async () => {
    const split = { strategy: 'COLUMN', column: 'review' };
    const run = await startTraining(client, { datasetId: reviews, target: 'sold', algorithm: 'BASELINE', split });
    expect(await excludedColumns(run)).toEqual(EXCLUDED.slice(1));
  });
});

describe('numbers of few values', () => {
  const asTask = async (target: string, task: string | null) => {
    const { id } = await train(client, { datasetId: reviews, target, task, algorithm: 'BASELINE' });
    return (await warningsOf(id)).filter((warning) => warning.includes('REGRESSION'));
  };

  test('numbers with few values are predicted as numbers, with a warning', async () => {
    expect(await asTask('stars', null)).toEqual([
      'REGRESSION was chosen for stars, which has only 5 different numbers. If these are classes, train ' +
        'with CLASSIFICATION',
    ]);
  });

  test('numbers with few values as classes, and numbers with many values, give no warning', async () => {
    expect(await asTask('stars', 'CLASSIFICATION')).toEqual([]);
    expect(await asTask('size', null)).toEqual([]);
  });
});

describe('a split that takes no heed of dates or of whom rows are of', () => {
  let visits: string;

  beforeAll(async () => {
    const rows = Array.from({ length: 200 }, (_, i) => {
      const patient = (i * 7) % 50;
      const day = new Date(Date.UTC(2024, 0, 1 + 199 - i)).toISOString().slice(0, 10);
      return `${patient},${day},${(i * 37) % 101},${(i * 13) % 17 > 8 ? 'ill' : 'well'}`;
    });
    const content = `patient_id,day,pulse,state\n${rows.join('\n')}\n`;
    visits = (await uploadDataset(client, { name: 'visits.csv', content })).id;
  });

  const found = async (split: object, features: string[] | null = null) => {
    const input = { datasetId: visits, target: 'state', algorithm: 'DECISION_TREE', split, features };
    const warnings = await warningsOf((await train(client, input)).id);
    const words = {
      dates: /have dates \(day\)/,
      owners: /share the same patient_id/,
      backwards: /run backwards by day/,
    };
    return Object.entries(words).flatMap(([name, word]) => (warnings.some((text) => word.test(text)) ? [name] : []));
  };

  test.each([
    [{ strategy: 'RANDOM' }, ['dates', 'owners']],
    [{ strategy: 'INTERLEAVED' }, ['dates', 'owners']],
    [{ strategy: 'LAST' }, ['owners', 'backwards']],
    [{ strategy: 'GROUP', column: 'patient_id' }, []],
    [{ strategy: 'TIME', column: 'day' }, []],
  ])('a split that ignores dates or owners gives a warning: %o', async (split, words) => {
    expect(await found(split)).toEqual(words);
  });

  test('a split that ignores dates gives a warning whether or not they are features', async () => {
    expect(await found({ strategy: 'LAST' }, ['pulse'])).toEqual(['owners', 'backwards']);
    expect(await found({ strategy: 'RANDOM' }, ['pulse'])).toEqual(['dates', 'owners']);
  });

  test('a dataset without dates and owners gives no warning about its split', async () => {
    const { id } = await train(client, {
      datasetId: reviews,
      target: 'sold',
      algorithm: 'BASELINE',
      features: ['size'],
    });
    expect((await warningsOf(id)).filter((text) => text.includes('several rows'))).toEqual([]);
  });
});

test('a column that gives the target away is listed at the end of the run', async () => {
  const rows = Array.from(
    { length: 200 },
    (_, i) => `${(i * 37) % 101},${i % 3},${i % 2 ? 'moved' : 'none'},${i % 2 ? 'yes' : 'no'}`,
  );
  const { id } = await uploadDataset(client, {
    name: 'left.csv',
    content: `age,rooms,reason,left\n${rows.join('\n')}\n`,
  });
  const run = await train(client, {
    datasetId: id,
    target: 'left',
    algorithm: 'LINEAR',
    features: ['age', 'rooms', 'reason'],
  });
  expect((await warningsOf(run.id)).filter((text) => text.includes('leakage'))).toEqual([
    expect.stringMatching(
      /^possible target leakage: the column reason alone almost determines left: it tells 100 % of the rows right/,
    ),
  ]);
});

test('a date cannot be the target, whatever the requested task', async () => {
  for (const task of [null, 'CLASSIFICATION', 'REGRESSION']) {
    const { data, errors } = await client.request(START, { input: { datasetId: reviews, target: 'day', task } });
    expect(data).toEqual({ startTraining: null });
    expect(errors).toMatchObject([
      {
        message: 'The column "day" holds dates (DATETIME), but models predict labels or numbers.',
        extensions: { code: 'BAD_USER_INPUT', argument: 'input.target' },
      },
    ]);
  }
});
