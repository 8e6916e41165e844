import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { train } from '../../../support/operations.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { passengersCsv } from './passengers.ts';
import { HOSTS, ThreeHosts } from './three-hosts.ts';

/** All features for each tree: which ones are drawn would be another matter of chance for each engine. */
const PARAMETERS = {
  ...{ trees: 40, learningRate: 0.1, maxDepth: 4, minSamplesLeaf: 1, earlyStoppingRounds: 0, seed: 1 },
  featureFraction: 1,
};

interface Run {
  readonly id: string;
  readonly engine: string;
  readonly hosts: number | null;
  readonly endReason: string;
  readonly curve: readonly { readonly iteration: number; readonly trainLoss: number }[];
  readonly metrics: { readonly logLoss?: number; readonly rmse?: number };
  readonly featureImportances: readonly { readonly feature: string }[];
  readonly artifact: { readonly id: string };
  readonly modelCard: string;
}

interface Prediction {
  readonly label: string | null;
  readonly value: number | null;
}

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  id engine hosts endReason modelCard curve { iteration trainLoss } artifact { id } featureImportances { feature }
  metrics { ... on ClassificationMetrics { logLoss } ... on RegressionMetrics { rmse } } } }`;

const START = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }';

/** As many test rows are predicted again as a request may have. */
const PREDICTED = 100;

describe.skipIf(XGBOOST_PYTHON === null)(`trainings on three hosts${WITHOUT_XGBOOST}`, () => {
  const hosts = ThreeHosts.forFile();

  async function trained(input: object): Promise<Run> {
    await hosts.areFree();
    const { id } = await train(hosts.client, {
      ...{ datasetId: hosts.datasetId, algorithm: 'GRADIENT_BOOSTING', ...input },
    });
    const { trainingRun } = await hosts.client.execute<{ trainingRun: Run }>(RUN, { id });
    return trainingRun;
  }

  /** What the run has predicted of its test rows, by their numbers. */
  async function testPredictions(id: string): Promise<readonly Record<string, string>[]> {
    const { createDownload } = await hosts.client.execute<{ createDownload: { url: string } }>(
      'mutation ($id: ID) { createDownload(input: { trainingRunId: $id }) { url } }',
      { id },
    );
    return parse(await (await fetch(createDownload.url)).text(), { columns: true });
  }

  /** What the model predicts of rows of the table, by their numbers from 1. */
  async function predictionsOf(artifactId: string, rowNumbers: readonly number[]): Promise<readonly Prediction[]> {
    const table: Record<string, string>[] = parse(String(passengersCsv(1_500).content), { columns: true });
    const rows = rowNumbers.map((row) =>
      Object.fromEntries(
        Object.entries(table[row - 1]!).map(([name, cell]) => {
          if (cell === '') return [name, null];
          return [name, Number.isNaN(Number(cell)) ? cell : Number(cell)];
        }),
      ),
    );
    const { predict } = await hosts.client.execute<{ predict: { predictions: readonly Prediction[] } }>(
      'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { label value } } }',
      { id: artifactId, rows },
    );
    return predict.predictions;
  }

  test.each([
    ['two labels', 'survived', {}],
    ['two labels that weigh the same', 'survived', { classWeight: 'BALANCED' }],
    ['three labels', 'class', {}],
    ['numbers', 'fare', {}],
    ['counts', 'relatives', { loss: 'POISSON' }],
  ])('a model of %s that is about as good as that of one host, and predicts', async (_, target, given) => {
    const isNumber = target === 'fare' || target === 'relatives';
    const parameters = { ...PARAMETERS, ...given };
    const input = { target, task: isNumber ? 'REGRESSION' : 'CLASSIFICATION' };
    const onHosts = await trained({ ...input, parameters, engine: 'DISTRIBUTED' });
    const asOnHosts = isNumber ? { linearLeaves: false } : {};
    const local = await trained({ ...input, parameters: { ...parameters, ...asOnHosts }, engine: 'LOCAL' });
    expect(onHosts).toMatchObject({ engine: 'DISTRIBUTED', hosts: HOSTS, endReason: 'COMPLETED' });
    expect(onHosts.curve.map(({ iteration }) => iteration)).toEqual(local.curve.map(({ iteration }) => iteration));
    const [first, firstLocal] = [onHosts.curve[0]!.trainLoss, local.curve[0]!.trainLoss];
    expect(Math.abs(first / firstLocal - 1)).toBeLessThan(0.05);
    expect(onHosts.featureImportances[0]?.feature).toBe(local.featureImportances[0]?.feature);
    const lossOf = ({ metrics }: Run) => metrics.logLoss ?? metrics.rmse ?? Number.NaN;
    expect(Math.abs(lossOf(onHosts) / lossOf(local) - 1)).toBeLessThan(0.1);
    expect(onHosts.modelCard).toMatch(/XGBoost \d.* on 3 hosts/);
    expect(onHosts.modelCard).toContain('not the same byte for byte');
    const tested = (await testPredictions(onHosts.id)).slice(0, PREDICTED);
    expect(tested).toHaveLength(PREDICTED);
    const predictions = await predictionsOf(
      onHosts.artifact.id,
      tested.map(({ row }) => Number(row)),
    );
    const shown = ({ label, value }: Prediction) => (isNumber ? Number(value).toFixed(4) : label);
    expect(predictions.map(shown)).toEqual(
      tested.map(({ predicted }) => (isNumber ? Number(predicted).toFixed(4) : predicted)),
    );
    await hosts.areClean();
  });

  test.each([
    ['linearLeaves', { linearLeaves: true }],
    ['loss', { loss: 'QUANTILE' }],
  ])('%s is refused where XGBoost has no such thing', async (parameter, parameters) => {
    const { data, errors } = await hosts.client.request(START, {
      input: {
        ...{ datasetId: hosts.datasetId, target: 'fare', algorithm: 'GRADIENT_BOOSTING', engine: 'DISTRIBUTED' },
        parameters,
      },
    });
    expect(data).toEqual({ startTraining: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: `input.parameters.${parameter}` } },
    ]);
  });
});
