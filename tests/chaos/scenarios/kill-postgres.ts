import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosClient } from '../chaos-client.ts';
import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import { Load } from '../load.ts';
import type { Report } from '../report.ts';
import type { Rig } from '../rig.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type System, undisturbedModel, uploadNoise } from '../system.ts';
import { pause, until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** While PostgreSQL is gone, an answer comes within so long; after its return all goes on within so long. In seconds. */
const ANSWER_BAR = 2;
const RECOVERY_BAR = 5;

/** Runs in flight at any time: as many again wait as are trained. */
const LOAD = 4;

interface Findings {
  readonly answerSeconds: number[];
  readonly recoverySeconds: number[];
  readonly progressSeconds: number[];
}

export const killPostgres: Scenario = {
  name: 'kill-postgres',
  title: 'PostgreSQL killed under load: the API says so at once, sockets stay, nobody is reaped, all goes on',
  async run(rig, report) {
    const kills = rig.count(2, 20);
    await withSystem(rig, report, { apis: 2, workers: 2 }, async (system) => {
      const user = await system.signUp();
      const input = {
        datasetId: await uploadNoise(user, 1_000),
        parameters: { trees: rig.count(1_000, 1_500), maxDepth: 5 },
      };
      const sha256 = await undisturbedModel(user, input);
      const clients = Array.from({ length: LOAD }, (_, index) => user.openClient(undefined, index));
      const load = new Load(clients, input);
      const random = rig.random('kill-postgres');
      const findings: Findings = { answerSeconds: [], recoverySeconds: [], progressSeconds: [] };
      for (let kill = 0; kill < kills; kill += 1) {
        await until('work in flight', 60, () => load.followers.some((follower) => isAtWork(follower)));
        await pause(random.between(0, 3_000));
        await killOnce(rig, system, user.client, load, downSeconds(random, rig, kill), findings, report);
      }
      await load.end();
      report.line(`${kills} kills, ${load.runIds.length} runs`);
      report.spread('an answer while PostgreSQL is gone', 's', findings.answerSeconds, rig.bar(ANSWER_BAR));
      report.spread('from its return to the next full answer', 's', findings.recoverySeconds, rig.bar(RECOVERY_BAR));
      report.spread('from its return to the next event of a run', 's', findings.progressSeconds, rig.bar(RECOVERY_BAR));
      const closures = clients.flatMap((client) => client.closures);
      report.check(closures.length === 0, `${closures.length} sockets were closed: ${closures.join(', ')}`);
      await checkNobodyReaped(system, report);
      await checkInvariants(system, user.client, report, { runIds: load.runIds, seconds: 120, sha256 });
    });
  },
};

/** Mostly short, as a restart is; in the full rig also up to a minute, which is longer than any heartbeat. */
function downSeconds(random: SeededRandom, rig: Rig, kill: number): number {
  if (kill === 0) return 0.5;
  return random.between(1, rig.count(4, kill % 3 === 0 ? 60 : 10));
}

const isAtWork = (follower: Follower) => !follower.isOver && follower.last?.stage === 'FITTING';

async function killOnce(
  rig: Rig,
  system: System,
  client: ChaosClient,
  load: Load,
  seconds: number,
  findings: Findings,
  report: Report,
): Promise<void> {
  await rig.postgres.kill();
  const returning = sleep(seconds * 1_000).then(() => rig.postgres.startAgain());
  let isBack = false;
  void returning.then(() => {
    isBack = true;
  });
  // What is asked while it is gone is refused, in words; an answer that falls into the return may be a full one.
  while (!isBack) {
    const askedAt = performance.now();
    const { data, errors } = await client.http.request('{ trainingRuns { totalCount } }');
    findings.answerSeconds.push((performance.now() - askedAt) / 1_000);
    const codes = errors.map(({ extensions }) => extensions.code);
    const isRight = codes.length === 0 ? data !== null : codes.every((code) => code === 'SERVICE_UNAVAILABLE');
    report.check(isRight, `while PostgreSQL was gone the API answered ${JSON.stringify(errors)}`);
    await pause(50);
  }
  await returning;
  const backAt = performance.now();
  const since = () => (performance.now() - backAt) / 1_000;
  await Promise.all(
    system.apis.map(async ({ url }) => {
      const one = client.at(url);
      await until(
        'a full answer',
        60,
        async () => (await one.request('{ trainingRuns { totalCount } }')).errors.length === 0,
      );
      findings.recoverySeconds.push(since());
    }),
  );
  await until('an event of a run', 60, () =>
    load.followers.some(({ last }) => last !== undefined && last.heardAt > backAt),
  );
  findings.progressSeconds.push(since());
}

/**
 * No worker has died, so no run may have been taken from one. A worker that cannot read what its run needs, because the
 * database is away, gives the run back itself, and says so in the run's events: each further attempt needs such a line.
 */
async function checkNobodyReaped({ owner, processes }: System, report: Report): Promise<void> {
  report.check(processes.length === 4, `${4 - processes.length} processes ended by themselves`);
  const taken = await owner<{ id: string; attempt: number; lost_attempts: number; given_back: number }[]>`
    select runs.id, runs.attempt, runs.lost_attempts, given_back.count as given_back
    from training_runs as runs, lateral (
      select count(*)::integer from training_events as events
      where events.run_id = runs.id and events.status = 'QUEUED'
        and events.message = 'The database was not available; the training continues when it is.'
    ) as given_back
    where runs.attempt > given_back.count + 1 or runs.lost_attempts > 0`;
  for (const { id, attempt, lost_attempts, given_back } of taken) {
    report.fault(
      `run ${id} was taken from a worker that lived: attempt ${attempt}, given back ${given_back} times, lost ${lost_attempts} times`,
    );
  }
}
