import { describe, expect, test } from 'vitest';
import type { Command } from '../../../processes/command.ts';
import { stopTraining } from '../../../support/endless.ts';
import { endOfRun, startTraining, train } from '../../../support/operations.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { rankProcesses, running } from './rank-processes.ts';
import { HOSTS, ThreeHosts } from './three-hosts.ts';

const ENDLESS = { trees: 10_000, learningRate: 0.002, maxDepth: 2, earlyStoppingRounds: 0, seed: 1 };

const SHORT = { trees: 30, learningRate: 0.2, maxDepth: 4, minSamplesLeaf: 1, earlyStoppingRounds: 0, seed: 1 };

describe.skipIf(XGBOOST_PYTHON === null)(`hosts that are processes of their own${WITHOUT_XGBOOST}`, () => {
  const settings = { ENGINE_CHECKPOINT_SECONDS: '1' };
  const hosts = ThreeHosts.forFile({ rows: 10_000, settings, areProcesses: true });

  function requestOf(engine: string, parameters: object) {
    return { datasetId: hosts.datasetId, target: 'survived', algorithm: 'GRADIENT_BOOSTING', engine, parameters };
  }

  /** The process whose log says that it trains a run. */
  function coordinatorOf(runId: string): Command {
    const found = hosts.processes.find((command) =>
      command
        .output()
        .split('\n')
        .some((line) => line.includes(`"runId":"${runId}"`) && line.includes('"msg":"training"')),
    );
    if (found === undefined) throw new Error(`No process trains run ${runId}.`);
    return found;
  }

  async function logLossOf(input: object): Promise<number> {
    const { id } = await train(hosts.client, input);
    const { trainingRun } = await hosts.client.execute<{ trainingRun: { metrics: { logLoss: number } } }>(
      'query ($id: ID!) { trainingRun(id: $id) { metrics { ... on ClassificationMetrics { logLoss } } } }',
      { id },
    );
    return trainingRun.metrics.logLoss;
  }

  test('they train a model as good as that of one host', async () => {
    const onHosts = await logLossOf(requestOf('DISTRIBUTED', SHORT));
    const local = await logLossOf(requestOf('LOCAL', SHORT));
    expect(onHosts / local).toBeGreaterThan(0.99);
    expect(onHosts / local).toBeLessThan(1.01);
    await hosts.areClean();
  });

  test('the coordinating one is killed: another goes on from the checkpoint, and no process is left', async () => {
    await hosts.areFree();
    const id = await startTraining(hosts.client, requestOf('DISTRIBUTED', ENDLESS));
    const { round } = await hosts.checkpointRounds(id);
    const { process: killed, ended } = coordinatorOf(id);
    const ranks = hosts.ranks();
    expect(ranks).toHaveLength(HOSTS + 1);
    expect(rankProcesses([killed.pid!]).length).toBeGreaterThan(0);
    killed.kill('SIGKILL');
    await ended;
    await hosts.hasRounds(id, 2);
    expect(running(ranks)).toEqual([]);
    const [first] = await hosts.server.database
      .owner`select (point ->> 'iteration')::int as iteration from training_events
      where run_id = ${id} and attempt = 2 and point is not null order by seq limit 1`;
    expect(first!['iteration']).toBeGreaterThan(round);
    await stopTraining(hosts.client, id);
    expect(await endOfRun(hosts.client, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED', attempt: 2 });
    const { trainingRun } = await hosts.client.execute<{ trainingRun: object }>(
      'query ($id: ID!) { trainingRun(id: $id) { hosts } }',
      { id },
    );
    expect(trainingRun).toEqual({ hosts: HOSTS - 1 });
    await hosts.areClean();
  });
});
