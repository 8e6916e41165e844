import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PredictionComparer } from '../../../src/metrics/comparison/prediction-comparer.ts';
import { RunComparisonService } from '../../../src/metrics/comparison/run-comparison.service.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { TrainingRunService } from '../../../src/training/runs/training-run.service.ts';
import { copyRow } from '../../support/copied-rows.ts';
import { housesCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const COMPARE = `query ($ids: [ID!]!) { compareRuns(ids: $ids) {
  runs { id algorithm status }
  metrics { name higherIsBetter values bestRunId significant }
  parameters { name values differs }
  warnings } }`;

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

interface Metric {
  readonly name: string;
  readonly higherIsBetter: boolean;
  readonly values: readonly (number | null)[];
  readonly bestRunId: string | null;
  readonly significant: boolean | null;
}
interface Comparison {
  readonly runs: readonly { id: string; algorithm: string; status: string }[];
  readonly metrics: readonly Metric[];
  readonly parameters: readonly { name: string; values: readonly (string | null)[]; differs: boolean }[];
  readonly warnings: readonly string[];
}

let server: TestServer;
let client: TestClient;
let stranger: TestClient;
let squares: string;
let houses: string;
/** What a line cannot tell: two trees that are the same, and a line. */
let tree: string;
let twin: string;
let line: string;

/** Points of a plane, whose kind is told by the product of their coordinates: easy for a tree, impossible for a line. */
function squaresCsv(rows = 400, name = 'squares.csv') {
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, y] = [((i * 37) % 101) - 50.5, ((i * 53) % 97) - 48.5];
    return `${x},${y},${x * y > 0 !== (i % 23 === 0) ? 'same' : 'other'}`;
  });
  return { name, content: `x,y,kind\n${lines.join('\n')}\n` };
}

const TREE = { algorithm: 'DECISION_TREE', target: 'kind' };

beforeAll(async () => {
  server = await startTestServer();
  [client, stranger] = [await server.signUp(), await server.signUp()];
  squares = (await uploadDataset(client, squaresCsv())).id;
  houses = (await uploadDataset(client, housesCsv())).id;
  tree = await trained({ ...TREE, datasetId: squares });
  twin = await trained({ ...TREE, datasetId: squares });
  line = await trained({ ...TREE, datasetId: squares, algorithm: 'LINEAR' });
});

afterAll(() => server.close());

async function trained(input: object): Promise<string> {
  return (await train(client, input)).id;
}

async function compare(...ids: string[]): Promise<Comparison> {
  return (await client.execute<{ compareRuns: Comparison }>(COMPARE, { ids })).compareRuns;
}

function metric({ metrics }: Comparison, name: string): Metric {
  const found = metrics.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`There is no ${name} in ${JSON.stringify(metrics)}.`);
  return found;
}

describe('runs of one task on the same test rows', () => {
  test('a clearly better run is the best by every metric, beyond chance', async () => {
    const comparison = await compare(line, tree);
    expect(comparison.runs).toEqual([
      { id: line, algorithm: 'LINEAR', status: 'SUCCEEDED' },
      { id: tree, algorithm: 'DECISION_TREE', status: 'SUCCEEDED' },
    ]);
    expect(comparison.metrics.map(({ name }) => name)).toEqual([
      ...['ACCURACY', 'PRECISION', 'RECALL', 'F1', 'WEIGHTED_PRECISION', 'WEIGHTED_RECALL', 'WEIGHTED_F1'],
      ...['LOG_LOSS', 'ROC_AUC', 'AVERAGE_PRECISION', 'BRIER'],
    ]);
    for (const { name, values, higherIsBetter, bestRunId, significant } of comparison.metrics) {
      expect({ name, bestRunId, significant }).toEqual({ name, bestRunId: tree, significant: true });
      expect(Math.sign(values[1]! - values[0]!)).toBe(higherIsBetter ? 1 : -1);
    }
    expect(comparison.warnings).toEqual([]);
  });

  test('compared values are the metrics of the runs', async () => {
    const run = await client.execute<{ trainingRun: { metrics: Record<string, number> } }>(
      'query ($id: ID!) { trainingRun(id: $id) { metrics { ... on ClassificationMetrics { accuracy logLoss } } } }',
      { id: line },
    );
    const comparison = await compare(tree, line);
    expect(metric(comparison, 'ACCURACY').values[1]).toBe(run.trainingRun.metrics['accuracy']);
    expect(metric(comparison, 'LOG_LOSS').values[1]).toBe(run.trainingRun.metrics['logLoss']);
  });

  test('of two equal runs the first is the best, and not beyond chance', async () => {
    for (const [first, second] of [
      [tree, twin],
      [twin, tree],
    ] as const) {
      for (const { bestRunId, significant, values } of (await compare(first, second, line)).metrics) {
        expect(values[0]).toBe(values[1]);
        expect({ bestRunId, significant }).toEqual({ bestRunId: first, significant: false });
      }
    }
  });

  test('a single run is the best, without a test', async () => {
    const comparison = await compare(tree);
    expect(comparison.metrics.every(({ bestRunId, significant }) => bestRunId === tree && significant === null)).toBe(
      true,
    );
    expect(comparison.parameters.some(({ differs }) => differs)).toBe(false);
  });

  test('regression runs are compared by their own metrics, each tested', async () => {
    const [good, floor] = [
      await trained({ datasetId: houses, algorithm: 'LINEAR' }),
      await trained({ datasetId: houses, algorithm: 'BASELINE' }),
    ];
    const { metrics } = await compare(floor, good);
    expect(metrics.map(({ name }) => name)).toEqual(['R2', 'MSE', 'RMSE', 'MAE', 'MAPE']);
    for (const { bestRunId, significant } of metrics) {
      expect({ bestRunId, significant }).toEqual({ bestRunId: good, significant: true });
    }
  });

  test('runs on the same rows of another upload are tested as well', async () => {
    const again = await uploadDataset(client, squaresCsv(400, 'again.csv'));
    const other = await trained({ ...TREE, datasetId: again.id });
    const comparison = await compare(line, other);
    expect(metric(comparison, 'ACCURACY')).toMatchObject({ bestRunId: other, significant: true });
    expect(comparison.warnings).toEqual([
      expect.stringContaining('different datasets: squares (run 1), again (run 2)'),
    ]);
  });
});

describe('what differs is said', () => {
  test('differing parameters are listed, with null for runs that lack them', async () => {
    const shallow = await trained({ ...TREE, datasetId: squares, features: ['x'], parameters: { maxDepth: 2 } });
    const { parameters, warnings } = await compare(tree, shallow, line);
    const named = Object.fromEntries(parameters.map(({ name, ...rest }) => [name, rest]));
    expect(named).toMatchObject({
      'run.algorithm': { values: ['DECISION_TREE', 'DECISION_TREE', 'LINEAR'], differs: true },
      'run.features': { values: ['2', '1', '2'], differs: true },
      'run.split': { values: Array(3).fill('RANDOM 0.2 seed 0'), differs: false },
      maxDepth: { values: [expect.any(String), '2', null], differs: true },
      maxIterations: { values: [null, null, expect.any(String)], differs: true },
    });
    expect(warnings).toEqual([expect.stringMatching(/Not used by all runs: y\./)]);
  });

  test('runs on other test rows are compared without a test', async () => {
    const elsewhere = await trained({ ...TREE, datasetId: squares, split: { seed: 5 } });
    const comparison = await compare(line, elsewhere);
    expect(metric(comparison, 'ACCURACY')).toMatchObject({ bestRunId: elsewhere, significant: null });
    expect(comparison.warnings).toEqual([
      expect.stringContaining('RANDOM 0.2 seed 0 (run 1), RANDOM 0.2 seed 5 (run 2)'),
    ]);
  });

  test('runs on another version of the dataset are compared with a warning', async () => {
    const next = await uploadDataset(client, squaresCsv(380, 'squares.csv'));
    expect(next).toMatchObject({ name: 'squares', version: 2 });
    const { metrics, warnings } = await compare(line, await trained({ ...TREE, datasetId: next.id }));
    expect(metrics.every(({ significant }) => significant === null)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('versions of squares: 1 (run 1), 2 (run 2)')]);
  });

  test('runs of different tasks are shown side by side, and none is the best', async () => {
    const price = await trained({ datasetId: houses, algorithm: 'LINEAR' });
    const { metrics, warnings } = await compare(tree, price, line);
    expect(metrics.map(({ name }) => name)).toEqual(expect.arrayContaining(['ACCURACY', 'R2']));
    expect(metrics.every(({ bestRunId, significant }) => bestRunId === null && significant === null)).toBe(true);
    expect(metrics.find(({ name }) => name === 'R2')?.values).toEqual([null, expect.any(Number), null]);
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('different tasks: CLASSIFICATION (runs 1 and 3), REGRESSION (run 2)'),
        expect.stringContaining('different targets: kind (runs 1 and 3), price (run 2)'),
      ]),
    );
  });

  test('a run that has not succeeded has no metrics', async () => {
    const split = { strategy: 'COLUMN', column: 'x' };
    const failed = await startTraining(client, { ...TREE, datasetId: squares, split });
    expect(await endOfRun(client, failed)).toMatchObject({ status: 'FAILED' });
    const { metrics, warnings } = await compare(failed, tree);
    expect(metrics.find(({ name }) => name === 'ACCURACY')).toMatchObject({
      ...{ values: [null, expect.any(Number)], bestRunId: tree, significant: null },
    });
    expect(warnings[0]).toMatch(/^Run 1 is FAILED: it has no metrics \(.+\)\.$/);
  });

  test('a run without stored predictions is compared without a test', async () => {
    const old = await trained({ ...TREE, datasetId: squares });
    await server.database.owner`delete from training_evaluations where run_id = ${old}`;
    const { metrics, warnings } = await compare(line, old);
    expect(metrics.every(({ bestRunId, significant }) => bestRunId === old && significant === null)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('Of run 2 no predictions are stored')]);
  });

  test('predictions stored by another version of the program are not tested', async () => {
    const foreign = await trained({ ...TREE, datasetId: squares });
    await server.database.owner`
      update training_evaluations set predictions = set_byte(predictions, 0, 200) where run_id = ${foreign}`;
    expect(metric(await compare(line, foreign), 'ACCURACY')).toMatchObject({ bestRunId: foreign, significant: null });
  });
});

describe('what cannot be compared is refused', () => {
  const codeOf = async (asker: TestClient, ids: readonly string[]) => {
    const { data, errors } = await asker.request(COMPARE, { ids });
    expect(data).toEqual({ compareRuns: null });
    return { code: errors[0]?.extensions.code, argument: errors[0]?.extensions.argument, message: errors[0]?.message };
  };

  test('an id in capital letters is accepted', async () => {
    const { compareRuns } = await client.execute<{ compareRuns: { runs: { id: string }[] } }>(COMPARE, {
      ids: [tree.toUpperCase(), line],
    });
    expect(compareRuns.runs.map(({ id }) => id)).toEqual([tree, line]);
  });

  test('a comparison of no run, or of more than twenty, is refused', async () => {
    const many = Array.from({ length: 21 }, (_, i) => UNKNOWN.replace(/.{2}$/, `${10 + i}`));
    for (const ids of [[], many]) {
      expect(await codeOf(client, ids)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'ids' });
    }
  });

  test('a comparison with the same run twice is refused, however it is written', async () => {
    for (const again of [tree, tree.toUpperCase()]) {
      expect(await codeOf(client, [tree, line, again])).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'ids' });
    }
  });

  test.each([UNKNOWN, 'no id at all'])('a comparison with an unknown run is refused: %s', async (id) => {
    expect(await codeOf(client, [tree, id, UNKNOWN.replace('8', '9')])).toEqual({
      code: 'NOT_FOUND',
      argument: undefined,
      message: expect.stringContaining(id),
    });
  });

  test('a comparison with a run of another workspace is refused like one with an unknown run', async () => {
    const [theirs, none] = [await codeOf(stranger, [tree]), await codeOf(stranger, [UNKNOWN])];
    expect({ ...theirs, message: theirs.message?.replace(tree, UNKNOWN) }).toEqual(none);
  });
});

describe('however many runs are compared', () => {
  /** Ids of so many runs: copies of one, with its evaluation. */
  async function copies(id: string, count: number): Promise<string[]> {
    const { owner } = server.database;
    const made = Array.from({ length: count }, () => randomUUID());
    await copyRow(
      owner,
      'training_runs',
      id,
      made.map((copy) => ({ id: copy })),
    );
    for (const copy of made) {
      await owner`
        insert into training_evaluations
        select (jsonb_populate_record(kept, jsonb_build_object('run_id', ${copy}::text))).*
        from training_evaluations kept where run_id = ${id}`;
    }
    return made;
  }

  test('fields that need the same test compute it once', async () => {
    const asked = vi.spyOn(PredictionComparer.prototype, 'compare');
    // The one comparison is in flight until all fields have asked for it.
    const read = vi.spyOn(TrainingRunService.prototype, 'predictionsOfTwo').mockImplementationOnce(async function (
      this: TrainingRunService,
      ...wanted
    ) {
      await eventually(() => expect(asked).toHaveBeenCalledTimes(10));
      return await this.predictionsOfTwo(...wanted);
    });
    try {
      const fields = Array.from({ length: 10 }, (_, i) => `a${i}: compareRuns(ids: $ids) { metrics { significant } }`);
      const answer = await client.execute(`query ($ids: [ID!]!) { ${fields.join(' ')} }`, { ids: [tree, line] });
      expect(new Set(Object.values(answer).map((each) => JSON.stringify(each))).size).toBe(1);
      // The one that was held, and the one that it called.
      expect(read).toHaveBeenCalledTimes(2);
    } finally {
      read.mockRestore();
      asked.mockRestore();
    }
  });

  test('comparing twenty runs takes as many transactions as comparing three', async () => {
    const [{ workspace_id: workspaceId } = { workspace_id: '' }] = await server.database.owner<
      { workspace_id: string }[]
    >`select workspace_id from training_runs where id = ${tree}`;
    const ids = [tree, twin, line, ...(await copies(line, 17))];
    const inner = openDatabase(server.database.access);
    const comparer = new PredictionComparer();
    let transactions = 0;
    const counting: Database = {
      transaction: (scope, work) => {
        transactions++;
        return inner.transaction(scope, work);
      },
      ping: () => inner.ping(),
      checkConnection: () => inner.checkConnection(),
      stats: () => inner.stats(),
      close: () => inner.close(),
    };
    const service = new RunComparisonService(new TrainingRunService(counting), comparer);
    const viewer = {
      userId: UNKNOWN,
      membershipId: UNKNOWN,
      sessionId: UNKNOWN,
      apiKeyId: null,
      outside: null,
      workspaceId,
      role: 'OWNER',
    } as const;
    try {
      const counts = [];
      for (const compared of [ids.slice(0, 3), ids]) {
        transactions = 0;
        const significance = await service.significance(viewer, await service.compare(viewer, compared));
        expect(significance.get('ACCURACY')).toBe(false);
        counts.push(transactions);
      }
      // The runs, how their features differ, their test rows, and the predictions of the one pair of the best and the next.
      expect(counts).toEqual([4, 4]);
    } finally {
      await Promise.all([inner.close(), comparer.close()]);
    }
  });
});
