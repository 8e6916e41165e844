import type { ChaosClient } from '../chaos-client.ts';
import { holderOf } from '../holder.ts';
import { checkInvariants } from '../invariants.ts';
import type { ManagedProcess } from '../managed-process.ts';
import type { Report } from '../report.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { endlessTraining, type System, uploadNoise } from '../system.ts';
import { pause } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** Runs that are raced at the same time. */
const AT_ONCE = 3;

/** From the answer to cancelTraining until the worker's CPU rests, in seconds. */
const CANCEL_BAR = 1;

/** From the answer to stopTraining to the model, in seconds: a tree, the evaluation and the saving. */
const STOP_BAR = 5;

/** A process that uses less than this share of a core does not train. */
const RESTING_SHARE = 0.5;

type Request = 'cancelTraining' | 'stopTraining' | 'retryTraining';

/** How the API may refuse: the run has ended, or has not yet. */
const REFUSALS: Readonly<Record<Request, string>> = {
  cancelTraining: 'RUN_ALREADY_ENDED',
  stopTraining: 'RUN_ALREADY_ENDED',
  retryTraining: 'CONFLICT',
};

/** What a request came to: the run as it was answered, or null where it was refused as it may be. */
interface Outcome {
  readonly request: Request;
  readonly answered: { readonly id: string; readonly status: string } | null;
}

export const races: Scenario = {
  name: 'races',
  title:
    'cancel, stop and retry against the worker and each other: ended runs stay, cancel ends the work, stop keeps a model',
  async run(rig, report) {
    await withSystem(rig, report, { apis: 2, workers: 3 }, async (system) => {
      const user = await system.signUp();
      const clients = system.apis.map((_, index) => user.openClient(undefined, index));
      const random = rig.random('races');
      const datasetId = await uploadNoise(user, 1_000);
      const input = { datasetId, parameters: { trees: 1_000, maxDepth: 5 } };
      const endless = await endlessTraining(user);
      const runIds: string[] = [];
      for (let round = 0; round < rig.count(3, 60); round += 1) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, () => raceOne(system, clients, input, random, runIds, report)),
        );
      }
      report.line(`${runIds.length} runs raced, retries among them`);
      const [cancels, stops]: [number[], number[]] = [[], []];
      for (let round = 0; round < rig.count(2, 20); round += 1) {
        cancels.push(await cancelOne(system, user.client, endless, random, runIds));
        stops.push(await stopOne(user.client, endless, random, runIds, report));
      }
      report.spread('from cancelTraining to a CPU at rest', 's', cancels, rig.bar(CANCEL_BAR));
      report.spread('from stopTraining to the model', 's', stops, rig.bar(STOP_BAR));
      await checkInvariants(system, user.client, report, { runIds, seconds: 120 });
    });
  },
};

/** Starts a run, sends it up to three requests at drawn moments, and compares their answers with its end. */
async function raceOne(
  system: System,
  clients: readonly ChaosClient[],
  input: object,
  random: SeededRandom,
  runIds: string[],
  report: Report,
): Promise<void> {
  const client = random.pick(clients);
  const requests = Array.from({ length: random.whole(1, 3) }, () => ({
    request: random.pick(['cancelTraining', 'cancelTraining', 'stopTraining', 'retryTraining'] as const),
    // Often at the same moment, often when the run is just being claimed.
    milliseconds: random.happens(0.3) ? random.between(0, 60) : 500 * random.whole(0, 4),
    through: random.pick(clients),
  }));
  const id = await client.start(input, crypto.randomUUID());
  const outcomes = await Promise.all(
    requests.map(async ({ request, milliseconds, through }) => {
      await pause(milliseconds);
      return await ask(through, request, id, report);
    }),
  );
  const retries = outcomes
    .filter(({ request }) => request === 'retryTraining')
    .flatMap(({ answered }) => answered?.id ?? []);
  report.check(new Set(retries).size <= 1, `run ${id} was retried as ${retries.join(' and ')}`);
  for (const retry of new Set(retries)) await ask(client, 'cancelTraining', retry, report);
  runIds.push(id, ...new Set(retries));
  await client.follow(id).end(120);
  await compare(system, id, outcomes, report);
}

async function ask(client: ChaosClient, request: Request, id: string, report: Report): Promise<Outcome> {
  const query = `mutation ($id: ID!) { run: ${request}(id: $id) { id status } }`;
  const { data, errors } = await client.http.request<{ run: Outcome['answered'] }>(query, { id });
  const codes = errors.map(({ extensions }) => extensions.code);
  const refused = codes.length === 1 && codes[0] === REFUSALS[request];
  report.check(codes.length === 0 || refused, `${request} of run ${id} was answered ${JSON.stringify(errors)}`);
  return { request, answered: data?.run ?? null };
}

/** The end of a run is one that somebody was promised. */
async function compare({ owner }: System, id: string, outcomes: readonly Outcome[], report: Report): Promise<void> {
  const [row] = await owner<
    { status: string; end_reason: string }[]
  >`select status, end_reason from training_runs where id = ${id}`;
  const accepted = (request: Request) =>
    outcomes.some((outcome) => outcome.request === request && outcome.answered !== null);
  const saw = `run ${id} ended ${row?.status} ${row?.end_reason} after ${JSON.stringify(outcomes)}`;
  if (accepted('cancelTraining')) report.check(row?.status === 'CANCELLED', saw);
  else if (row?.status === 'CANCELLED') report.check(accepted('stopTraining'), saw);
  else report.check(row?.status === 'SUCCEEDED', saw);
  if (row?.end_reason === 'STOPPED') report.check(accepted('stopTraining'), saw);
}

/** Cancels a run in the middle; gives how long its worker went on working after the answer, in seconds. */
async function cancelOne(
  system: System,
  client: ChaosClient,
  input: object,
  random: SeededRandom,
  runIds: string[],
): Promise<number> {
  const id = await client.start(input, crypto.randomUUID());
  runIds.push(id);
  const follower = client.follow(id);
  await follower.event('the fitting', 60, ({ stage }) => stage === 'FITTING');
  await pause(random.between(0, 1_000));
  const worker = await holderOf(system, follower);
  await client.http.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  return worker === undefined ? Number.NaN : await secondsUntilRest(worker);
}

/** How long a process goes on using its CPU, looked at for three seconds. */
async function secondsUntilRest(worker: ManagedProcess): Promise<number> {
  const startedAt = performance.now();
  let lastBusy = startedAt;
  let [before, beforeAt] = [await worker.cpuSeconds(), startedAt];
  while (performance.now() - startedAt < 3_000) {
    await pause(100);
    const [used, now] = [await worker.cpuSeconds(), performance.now()];
    if (used - before > (RESTING_SHARE * (now - beforeAt)) / 1_000) lastBusy = now;
    [before, beforeAt] = [used, now];
  }
  return (lastBusy - startedAt) / 1_000;
}

/** Stops a run in the middle; gives how long after the answer its model was there, in seconds. */
async function stopOne(
  client: ChaosClient,
  input: object,
  random: SeededRandom,
  runIds: string[],
  report: Report,
): Promise<number> {
  const id = await client.start(input, crypto.randomUUID());
  runIds.push(id);
  const follower = client.follow(id);
  await follower.event('the fitting', 60, ({ stage }) => stage === 'FITTING');
  await pause(random.between(0, 1_000));
  await client.http.execute('mutation ($id: ID!) { stopTraining(id: $id) { id } }', { id });
  const askedAt = performance.now();
  const { heardAt } = await follower.end(60);
  const run = await client.readRun(id);
  const kept = run.status === 'SUCCEEDED' && run.endReason === 'STOPPED' && run.artifact !== null;
  report.check(kept, `a stopped run ended as ${JSON.stringify(run)}`);
  return Math.max(0, heardAt - askedAt) / 1_000;
}
