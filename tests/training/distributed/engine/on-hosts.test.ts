import { describe, expect, test } from 'vitest';
import { train } from '../../../support/operations.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { HOSTS, ThreeHosts } from './three-hosts.ts';

const PARAMETERS = { trees: 40, learningRate: 0.1, maxDepth: 4, minSamplesLeaf: 1, earlyStoppingRounds: 0, seed: 1 };

interface Run {
  readonly engine: string;
  readonly hosts: number | null;
  readonly endReason: string;
  readonly curve: readonly { readonly iteration: number }[];
  readonly metrics: { readonly logLoss: number };
  readonly featureImportances: readonly { readonly feature: string }[];
  readonly artifact: { readonly id: string };
  readonly modelCard: string;
}

interface Prediction {
  readonly label: string | null;
}

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  engine hosts endReason modelCard curve { iteration } artifact { id } featureImportances { feature }
  metrics { ... on ClassificationMetrics { logLoss } } } }`;

const START = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }';

const ROW = { survived: 'yes', class: 'class 1', sex: 'female', age: 8, relatives: 2, fare: 95, noise: 0.5 };

describe.skipIf(XGBOOST_PYTHON === null)(`trainings on three hosts${WITHOUT_XGBOOST}`, () => {
  const hosts = ThreeHosts.forFile();

  async function trained(input: object): Promise<Run> {
    await hosts.areFree();
    const request = { datasetId: hosts.datasetId, algorithm: 'GRADIENT_BOOSTING', parameters: PARAMETERS };
    const { id } = await train(hosts.client, { ...request, ...input });
    const { trainingRun } = await hosts.client.execute<{ trainingRun: Run }>(RUN, { id });
    return trainingRun;
  }

  test('a model that is about as good as that of one host, and predicts', async () => {
    const target = 'survived';
    const onHosts = await trained({ target, engine: 'DISTRIBUTED' });
    const local = await trained({ target, engine: 'LOCAL' });
    expect(onHosts).toMatchObject({ engine: 'DISTRIBUTED', hosts: HOSTS, endReason: 'COMPLETED' });
    expect(onHosts.curve.map(({ iteration }) => iteration)).toEqual(local.curve.map(({ iteration }) => iteration));
    expect(onHosts.featureImportances[0]?.feature).toBe(local.featureImportances[0]?.feature);
    expect(Math.abs(onHosts.metrics.logLoss / local.metrics.logLoss - 1)).toBeLessThan(0.1);
    expect(onHosts.modelCard).toMatch(/XGBoost \d.* on 3 hosts/);
    expect(onHosts.modelCard).toContain('not the same byte for byte');
    const { predict } = await hosts.client.execute<{ predict: { predictions: readonly Prediction[] } }>(
      'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { label } } }',
      { id: onHosts.artifact.id, rows: [ROW] },
    );
    const [prediction] = predict.predictions;
    expect(prediction?.label).toBe(ROW.survived);
    await hosts.areClean();
  });

  test.each(['class', 'fare'])('%s is refused, which has not two labels', async (target) => {
    const { data, errors } = await hosts.client.request(START, {
      input: { datasetId: hosts.datasetId, target, algorithm: 'GRADIENT_BOOSTING', engine: 'DISTRIBUTED' },
    });
    expect(data).toEqual({ startTraining: null });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'input.engine' } }]);
  });
});
