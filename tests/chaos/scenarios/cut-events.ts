import type { ChaosClient } from '../chaos-client.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import { Publisher } from '../publisher.ts';
import type { Report } from '../report.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type ChaosUser, type System, uploadNoise } from '../system.ts';
import { pause } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

const CLIENTS = 20;
const RUNS_PER_CLIENT = 15;

/** Publishers that write at the same time, as so many busy workers would. */
const WRITERS = 4;

/** Once the last event is written, every client has it within so long, cut or not, in seconds. */
const LAST_EVENT_SECONDS = 30;

/** What was cut how often. */
type Cuts = Record<'clients' | 'listeners' | 'processes', number>;

export const cutEvents: Scenario = {
  name: 'cut-events',
  title: 'sockets, API processes and LISTEN cut at random: every client has every event once, in order',
  async run(rig, report) {
    const [runCount, updates] = [rig.count(50, 100), rig.count(1_000, 10_000)];
    await withSystem(rig, report, { apis: 2, workers: 0 }, async (system) => {
      const random = rig.random('cut-events');
      const proxies = await Promise.all(system.apis.map(({ port }) => startFaultProxy({ host: '127.0.0.1', port })));
      const user = await system.signUp();
      const datasetId = await uploadNoise(user, 100);
      const publishers = await Promise.all(
        Array.from({ length: runCount }, async () => {
          const runId = await user.client.start({ datasetId, algorithm: 'BASELINE' }, crypto.randomUUID());
          return new Publisher(system, user.workspaceId, runId);
        }),
      );
      const { clients, followers } = followAll(user, proxies, publishers, random);
      const publishing = publish(publishers, updates, random);
      const cuts = await cutUntil(publishing, system, proxies, random);
      await publishing;
      await Promise.all(followers.map((follower) => follower.end(LAST_EVENT_SECONDS)));
      const events = followers.reduce((sum, follower) => sum + follower.events.length, 0);
      const reconnects = clients.reduce((sum, client) => sum + client.reconnects(), 0);
      report.line(
        `${updates} updates of ${runCount} runs; ${events} events at ${followers.length} followers of ${CLIENTS} clients`,
      );
      report.line(`cuts: ${JSON.stringify(cuts)}; ${reconnects} times a follower came back`);
      report.check(cuts.clients > 0 && reconnects > 0, 'nothing was cut');
      await checkFollowers(system, followers, report);
      const runIds = publishers.map(({ runId }) => runId);
      await checkInvariants(system, user.client, report, { runIds, seconds: 5, byWorkers: false });
      await Promise.all(proxies.map((proxy) => proxy.close()));
    });
  },
};

/** Clients that talk through the proxies, each following some of the runs. */
function followAll(
  user: ChaosUser,
  proxies: readonly FaultProxy[],
  publishers: readonly Publisher[],
  random: SeededRandom,
): { clients: ChaosClient[]; followers: Follower[] } {
  const urls = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
  const clients = Array.from({ length: CLIENTS }, (_, index) => user.openClient(urls, index));
  const followers = clients.flatMap((client) => {
    const chosen = new Set(Array.from({ length: RUNS_PER_CLIENT }, () => random.pick(publishers).runId));
    return [...chosen].map((runId) => client.follow(runId));
  });
  return { clients, followers };
}

/** Claims every run, writes so many updates in all, and ends every run. */
async function publish(publishers: readonly Publisher[], updates: number, random: SeededRandom): Promise<void> {
  const shares = Array.from({ length: WRITERS }, (_, writer) =>
    publishers.filter((_, index) => index % WRITERS === writer),
  );
  await Promise.all(
    shares.map(async (share) => {
      for (const publisher of share) await publisher.claim();
      for (let update = 0; update < updates / WRITERS; update += 1) {
        await random.pick(share).advance();
        if (random.happens(0.1)) await pause(random.between(0, 30));
      }
      for (const publisher of share) await publisher.end();
    }),
  );
}

/** Cuts something every few moments, until the work is done. */
async function cutUntil(
  work: Promise<void>,
  system: System,
  proxies: readonly FaultProxy[],
  random: SeededRandom,
): Promise<Cuts> {
  const cuts: Cuts = { clients: 0, listeners: 0, processes: 0 };
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const isWorking = () => !isDone;
  while (isWorking()) {
    await Promise.race([pause(random.between(20, 400)), done]);
    const what = random.uniform();
    if (what < 0.6) cuts.clients += random.pick(proxies).cut(() => random.happens(0.4));
    else if (what < 0.9) cuts.listeners += await cutListeners(system);
    else cuts.processes += await restartApi(system, random);
  }
  return cuts;
}

/** Ends the database sessions on which API processes hear of changes. */
async function cutListeners({ owner }: System): Promise<number> {
  const cut = await owner`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen %trainyard_changes%'`;
  return cut.length;
}

/** Kills an API process, or ends it in order, and starts it again. */
async function restartApi(system: System, random: SeededRandom): Promise<number> {
  const slot = random.pick(system.apis);
  if (random.happens(0.5)) await slot.process.kill();
  else await slot.process.terminate();
  await system.restartApi(slot);
  return 1;
}

/** The last thing that each client knows is what stands in the row. */
async function checkFollowers({ owner }: System, followers: readonly Follower[], report: Report): Promise<void> {
  const rows = await owner<
    { id: string; last_seq: number; status: string }[]
  >`select id, last_seq, status from training_runs`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { runId, last } of followers) {
    const row = byId.get(runId);
    const same = row?.last_seq === last?.seq && row?.status === last?.status;
    report.check(same, `a client's last event ${JSON.stringify(last)} is not the row's ${JSON.stringify(row)}`);
  }
}
