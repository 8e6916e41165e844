import type { ChaosClient } from '../chaos-client.ts';
import { checkInvariants } from '../invariants.ts';
import { Publisher } from '../publisher.ts';
import type { Report } from '../report.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { uploadNoise } from '../system.ts';
import { pause } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** Runs that end at about the same time, each beside its own subscription. */
const AT_ONCE = 10;

/** A client that knows of the end no sooner than this hangs: the slow road, a look every few seconds, is no excuse. */
const HANGING_SECONDS = 15;

/** The end comes so many milliseconds before or after the subscription is asked for. */
const SPREAD = 5;

export const shortRuns: Scenario = {
  name: 'short-runs',
  title: 'runs that end within 5 ms of the subscription to them: no client hangs',
  async run(rig, report) {
    const count = rig.count(100, 1_000);
    await withSystem(rig, report, { apis: 2, workers: 0 }, async (system) => {
      const user = await system.signUp();
      const datasetId = await uploadNoise(user, 100);
      const random = rig.random('short-runs');
      const clients = system.apis.map((_, index) => user.openClient(undefined, index));
      const seconds: number[] = [];
      const runIds: string[] = [];
      while (runIds.length < count) {
        const publishers = await Promise.all(
          Array.from({ length: AT_ONCE }, async () => {
            const runId = await user.client.start({ datasetId, algorithm: 'BASELINE' }, crypto.randomUUID());
            runIds.push(runId);
            const publisher = new Publisher(system, user.workspaceId, runId);
            await publisher.claim();
            return publisher;
          }),
        );
        const heard = await Promise.all(
          publishers.map((publisher) => endBeside(publisher, random.pick(clients), random, report)),
        );
        seconds.push(...heard);
      }
      report.spread(`from the end to the end of its subscription, ${count} runs`, 's', seconds, HANGING_SECONDS);
      await checkInvariants(system, user.client, report, { runIds, seconds: 5, byWorkers: false });
    });
  },
};

/** Ends the run about when it is subscribed to; gives how long after that the client knew, in seconds. */
async function endBeside(
  publisher: Publisher,
  client: ChaosClient,
  random: SeededRandom,
  report: Report,
): Promise<number> {
  const offset = random.between(-SPREAD, SPREAD);
  const follows = random.happens(0.5) ? followProgress : followEvents;
  const ending = pause(Math.max(0, offset)).then(async () => {
    await publisher.end();
    return performance.now();
  });
  await pause(Math.max(0, -offset));
  const hangs = pause(HANGING_SECONDS * 1_000).then(() => 'HANGS');
  const status = await Promise.race([follows(client, publisher.runId), hangs]);
  const knownAt = performance.now();
  report.check(status === 'FAILED', `the client of run ${publisher.runId} (${follows.name}) came to ${status}`);
  return Math.max(0, knownAt - (await ending)) / 1_000;
}

async function followEvents(client: ChaosClient, runId: string): Promise<string> {
  return (await client.follow(runId).end(HANGING_SECONDS)).status;
}

/** The last status that trainingProgress tells before it ends. */
async function followProgress(client: ChaosClient, runId: string): Promise<string> {
  const query = 'subscription ($id: ID!) { trainingProgress(runId: $id) { status } }';
  let status = 'nothing';
  for await (const { data } of client.subscribe<{ trainingProgress: { status: string } }>(query, { id: runId })) {
    if (data) ({ status } = data.trainingProgress);
  }
  return status;
}
