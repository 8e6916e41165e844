import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import type { ManagedProcess } from '../managed-process.ts';
import type { Report } from '../report.ts';
import type { Rig } from '../rig.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type ChaosUser, type System, undisturbedModel, uploadNoise } from '../system.ts';
import { pause, until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** From the freeze to the next attempt's RUNNING, in seconds. */
const TAKE_OVER_BAR = 15;

/** A worker, and the proxy between it and the database. */
interface ProxiedWorker {
  readonly worker: ManagedProcess;
  readonly proxy: FaultProxy;
}

/** How a worker is cut off: it stands still, or works on and its connections have gone dead without a word. */
type Freeze = 'STOPPED' | 'HALF_OPEN';

/** What several freezes at once have shown. */
interface Findings {
  readonly runIds: string[];
  readonly takeOverSeconds: number[];
  /** How many workers were frozen while they had a run. */
  frozen: number;
}

export const freezeWorker: Scenario = {
  name: 'freeze-worker',
  title: 'workers frozen or half-open for 15 s and more: taken over, and nothing that they do later counts',
  async run(rig, report) {
    const [rounds, atOnce] = [rig.count(1, 10), rig.count(2, 5)];
    await withSystem(rig, report, { apis: 1, workers: atOnce }, async (system) => {
      const proxied = await Promise.all(Array.from({ length: atOnce }, () => startProxied(system, rig)));
      try {
        const user = await system.signUp();
        const input = { datasetId: await uploadNoise(user, 1_000), parameters: { trees: 2_000, maxDepth: 5 } };
        const sha256 = await undisturbedModel(user, input);
        const findings: Findings = { runIds: [], takeOverSeconds: [], frozen: 0 };
        const random = rig.random('freeze-worker');
        for (let round = 0; round < rounds; round += 1) await freezeAll(system, user, proxied, input, random, findings);
        report.line(`${findings.frozen} freezes of workers with a run, ${atOnce} at a time`);
        report.spread('from freeze to RUNNING again', 's', findings.takeOverSeconds, rig.bar(TAKE_OVER_BAR));
        const { runIds } = findings;
        await checkInvariants(system, user.client, report, { runIds, seconds: 120, sha256 });
        await checkThawed(system, user, proxied, input, report);
      } finally {
        await Promise.all(proxied.map(({ proxy }) => proxy.close()));
      }
    });
  },
};

async function startProxied(system: System, rig: Rig): Promise<ProxiedWorker> {
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: rig.postgres.port });
  return { proxy, worker: await system.startWorker({ databasePort: proxy.port }) };
}

/** Gives each of the proxied workers a run, freezes them all, lets the others take over, and thaws them. */
async function freezeAll(
  system: System,
  { client }: ChaosUser,
  proxied: readonly ProxiedWorker[],
  input: object,
  random: SeededRandom,
  findings: Findings,
): Promise<void> {
  const others = system.workers.filter((worker) => proxied.every((one) => one.worker !== worker));
  for (const worker of others) worker.freeze();
  let followers: Follower[];
  try {
    const runIds = await Promise.all(proxied.map(() => client.start(input, crypto.randomUUID())));
    findings.runIds.push(...runIds);
    followers = runIds.map((id) => client.follow(id));
    await Promise.all(followers.map((follower) => follower.event('the claim', 30, ({ attempt }) => attempt === 1)));
  } finally {
    for (const worker of others) worker.thaw();
  }
  await pause(random.between(0, 1_000));
  const frozenAt = performance.now();
  const freezes = proxied.map(() => (random.happens(0.7) ? 'STOPPED' : 'HALF_OPEN') as Freeze);
  for (const [index, one] of proxied.entries()) freeze(one, freezes[index] ?? 'STOPPED');
  for (const follower of followers) {
    const taken = await until(
      'a take-over',
      90,
      () => follower.isOver || follower.events.find(({ attempt }) => attempt > 1),
    );
    if (taken === true) continue;
    findings.frozen += 1;
    findings.takeOverSeconds.push((taken.heardAt - frozenAt) / 1_000);
  }
  await pause(Math.max(0, 15_000 - (performance.now() - frozenAt)) + random.between(0, 2_000));
  for (const { worker, proxy } of proxied) {
    worker.thaw();
    proxy.thaw();
  }
  await Promise.all(followers.map((follower) => follower.end(180)));
}

function freeze({ worker, proxy }: ProxiedWorker, how: Freeze): void {
  if (how === 'STOPPED') worker.freeze();
  else proxy.freeze();
}

/** Those that were frozen live on, and work: with nobody else there they train the next runs. */
async function checkThawed(
  system: System,
  { client }: ChaosUser,
  proxied: readonly ProxiedWorker[],
  input: object,
  report: Report,
): Promise<void> {
  for (const { worker } of proxied) {
    report.check(worker.isRunning, `worker ${worker.pid} ended after its thaw (${worker.end})`);
  }
  const others = system.workers.filter((worker) => proxied.every((one) => one.worker !== worker));
  await Promise.all(others.map((worker) => worker.terminate()));
  const runIds = await Promise.all(
    proxied.map(() => client.start({ ...input, algorithm: 'BASELINE', parameters: null }, crypto.randomUUID())),
  );
  await checkInvariants(system, client, report, { runIds, seconds: 60 });
}
