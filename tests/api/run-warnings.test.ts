import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endOfRun, START, startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

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

async function leftOut(id: string): Promise<string[]> {
  return (await warningsOf(id)).filter((warning) => warning.startsWith('left out'));
}

const NAME_THEM = 'Name them in features to use them, or give them another kind at the upload';
const LEFT_OUT = [
  `left out, as they tell the rows apart (IDENTIFIER), which says nothing of new rows: review. ${NAME_THEM}`,
  `left out, as they hold free text (TEXT), which models here do not read: remark. ${NAME_THEM}`,
  `left out, as they have one value or none (CONSTANT), which tells no rows apart: currency. ${NAME_THEM}`,
  `left out, as more than 50 % of their values are missing: discount. ${NAME_THEM}`,
];

describe('columns that a run leaves out by default', () => {
  test('are named with the reason, from the start to the end and in a retry', async () => {
    const input = { datasetId: reviews, target: 'sold', algorithm: 'DECISION_TREE' };
    const id = await startTraining(client, input);
    expect(await leftOut(id)).toEqual(LEFT_OUT);
    expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await leftOut(id)).toEqual(LEFT_OUT);
    const { retryTraining: again } = await client.execute<{ retryTraining: { id: string } }>(
      'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
      { id },
    );
    expect(await endOfRun(client, again.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await leftOut(again.id)).toEqual(LEFT_OUT);
  });

  test('are not where the features are named', async () => {
    const input = { datasetId: reviews, target: 'sold', algorithm: 'BASELINE', features: ['size', 'state'] };
    expect(await leftOut((await train(client, input)).id)).toEqual([]);
  });

  test('are not where they are the target or divide the rows', async () => {
    const split = { strategy: 'COLUMN', column: 'review' };
    const run = await startTraining(client, { datasetId: reviews, target: 'sold', algorithm: 'BASELINE', split });
    expect(await leftOut(run)).toEqual(LEFT_OUT.slice(1));
  });
});

describe('numbers of few values', () => {
  const asTask = async (target: string, task: string | null) => {
    const { id } = await train(client, { datasetId: reviews, target, task, algorithm: 'BASELINE' });
    return (await warningsOf(id)).filter((warning) => warning.includes('REGRESSION'));
  };

  test('are foretold as numbers, which the run says', async () => {
    expect(await asTask('stars', null)).toEqual([
      'REGRESSION, which foretells numbers, was trained of stars, whose values are numbers, but of 5 values only. If they are ' +
        'classes, train it as CLASSIFICATION',
    ]);
  });

  test('are nothing to speak of as classes, nor are many numbers', async () => {
    expect(await asTask('stars', 'CLASSIFICATION')).toEqual([]);
    expect(await asTask('size', null)).toEqual([]);
  });
});

test('a date cannot be the target, whatever task is asked for', async () => {
  for (const task of [null, 'CLASSIFICATION', 'REGRESSION']) {
    const { data, errors } = await client.request(START, { input: { datasetId: reviews, target: 'day', task } });
    expect(data).toEqual({ startTraining: null });
    expect(errors).toMatchObject([
      {
        message: 'The column "day" holds dates (DATETIME), and models foretell labels or numbers.',
        extensions: { code: 'BAD_USER_INPUT', argument: 'input.target' },
      },
    ]);
  }
});
