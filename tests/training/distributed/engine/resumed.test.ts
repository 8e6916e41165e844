import { describe, expect, test } from 'vitest';
import type { CurvePoint } from '../../../../src/ml/train-model.ts';
import { stopTraining } from '../../../support/endless.ts';
import { endOfRun, startTraining, train } from '../../../support/operations.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { HOSTS, ThreeHosts } from './three-hosts.ts';

/** The most rounds that may be asked for, of steps so small that rounding does not decide what the later ones are. */
const PARAMETERS = { trees: 10_000, learningRate: 0.002, maxDepth: 2, earlyStoppingRounds: 0, seed: 1 };

/** A checkpoint is made once this is over, long before the last round. */
const CHECKPOINT_SECONDS = 1;

interface Run {
  readonly hosts: number;
  readonly attempt: number;
  readonly curve: readonly CurvePoint[];
  readonly metrics: { readonly logLoss: number };
}

interface Round extends CurvePoint {
  readonly attempt: number;
}

describe.skipIf(XGBOOST_PYTHON === null)(`trainings that go on from a checkpoint${WITHOUT_XGBOOST}`, () => {
  const hosts = ThreeHosts.forFile({ settings: { ENGINE_CHECKPOINT_SECONDS: String(CHECKPOINT_SECONDS) } });

  function requestOf(parameters: object) {
    const algorithm = 'GRADIENT_BOOSTING';
    return { datasetId: hosts.datasetId, target: 'survived', algorithm, engine: 'DISTRIBUTED', parameters };
  }

  async function readRun(id: string): Promise<Run> {
    const query = `query ($id: ID!) { trainingRun(id: $id) { hosts attempt
      curve(maxPoints: 10000) { iteration seconds trainLoss validationLoss } metrics { ... on ClassificationMetrics { logLoss } } } }`;
    return (await hosts.client.execute<{ trainingRun: Run }>(query, { id })).trainingRun;
  }

  function roundsOf(id: string): Promise<Round[]> {
    return hosts.server.database.owner<Round[]>`select attempt, (point ->> 'iteration')::int as iteration,
      (point ->> 'seconds')::float8 as seconds, (point ->> 'trainLoss')::float8 as "trainLoss"
      from training_events where run_id = ${id} and point is not null order by seq`;
  }

  test('a rank is killed after a checkpoint, and the next attempt goes on from it to a model as good', async () => {
    const id = await startTraining(hosts.client, requestOf(PARAMETERS));
    const { round: first } = await hosts.checkpointRounds(id);
    process.kill(hosts.ranks().at(-1)!, 'SIGKILL');
    await hosts.hasRounds(id, 2);
    await stopTraining(hosts.client, id);
    expect(await endOfRun(hosts.client, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED', attempt: 2 });

    const run = await readRun(id);
    expect(run.hosts).toBe(HOSTS);
    const last = run.curve.length;
    expect(run.curve.map(({ iteration }) => iteration)).toEqual(Array.from({ length: last }, (_, at) => at + 1));
    const rounds = await roundsOf(id);
    const [before, after] = [1, 2].map((attempt) => rounds.filter((each) => each.attempt === attempt));
    // A later checkpoint may have been stored before the kill.
    const resumedFrom = after![0]!.iteration - 1;
    expect(resumedFrom).toBeGreaterThanOrEqual(first);
    expect(resumedFrom).toBeLessThanOrEqual(before!.at(-1)!.iteration);
    expect(run.curve.at(-1)!.seconds).toBeGreaterThan(CHECKPOINT_SECONDS);

    const undisturbed = await readRun((await train(hosts.client, requestOf({ ...PARAMETERS, trees: last }))).id);
    expect(undisturbed).toMatchObject({ hosts: HOSTS, attempt: 1 });
    for (const [at, point] of undisturbed.curve.entries()) {
      expect(run.curve[at]!.trainLoss! / point.trainLoss!).toBeCloseTo(1, 2);
    }
    expect(run.metrics.logLoss / undisturbed.metrics.logLoss).toBeCloseTo(1, 2);
    await hosts.areClean();
  });
});
