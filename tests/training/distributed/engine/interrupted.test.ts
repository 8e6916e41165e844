import { describe, expect, test } from 'vitest';
import { stopTraining } from '../../../support/endless.ts';
import { endOfRun, startTraining } from '../../../support/operations.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { HOSTS, ThreeHosts } from './three-hosts.ts';

/** The most rounds that may be asked for, none of which is waited for. */
const PARAMETERS = { trees: 10_000, maxDepth: 2, earlyStoppingRounds: 0 };

describe.skipIf(XGBOOST_PYTHON === null)(`interrupted trainings on three hosts${WITHOUT_XGBOOST}`, () => {
  const hosts = ThreeHosts.forFile();

  /** Starts a training, and waits until its hosts have fitted some rounds. */
  async function startRounds(): Promise<string> {
    await hosts.areFree();
    const algorithm = 'GRADIENT_BOOSTING';
    const input = { datasetId: hosts.datasetId, target: 'survived', algorithm, engine: 'DISTRIBUTED' };
    const id = await startTraining(hosts.client, { ...input, parameters: PARAMETERS });
    await hosts.hasRounds(id, 1);
    return id;
  }

  test('told to stop, the hosts keep what they have', async () => {
    const id = await startRounds();
    await stopTraining(hosts.client, id);
    expect(await endOfRun(hosts.client, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED', attempt: 1 });
    await hosts.areClean();
  });

  test('cancelled, all ranks end, and nothing is left', async () => {
    const id = await startRounds();
    expect(hosts.ranks()).toHaveLength(HOSTS + 1);
    await hosts.client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
    await hosts.areClean();
    expect(await endOfRun(hosts.client, id)).toMatchObject({ status: 'CANCELLED' });
    await hosts.areFree();
  });

  test('where a rank is killed, the training goes on as the next attempt', async () => {
    const id = await startRounds();
    process.kill(hosts.ranks().at(-1)!, 'SIGKILL');
    await hosts.hasRounds(id, 2);
    await stopTraining(hosts.client, id);
    expect(await endOfRun(hosts.client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    await hosts.areClean();
  });
});
