import type { Crew } from '../../src/ml/parallel/crew.ts';

/** Where the code is that is measured: the source, or the build that users run. */
export type CodeRoot = 'src' | 'dist';

/** Does some work with so many threads, this one among them, as a worker has them. */
export async function withCrew<Result>(root: CodeRoot, threads: number, work: (crew: Crew) => Result): Promise<Result> {
  const moduleAt = (name: string): URL =>
    new URL(`../../${root}/${name}.${root === 'src' ? 'ts' : 'js'}`, import.meta.url);
  const { startFollowers } = (await import(
    moduleAt('platform/start-followers').href
  )) as typeof import('../../src/platform/threads/start-followers.ts');
  const { CrewLeader } = (await import(
    moduleAt('platform/crew-leader').href
  )) as typeof import('../../src/platform/threads/crew-leader.ts');
  const { TrainingCrew } = (await import(
    moduleAt('training/training-crew').href
  )) as typeof import('../../src/training/worker/training-crew.ts');
  const { access, workers } = startFollowers(moduleAt('training/training-helper.thread'), threads - 1);
  try {
    using leader = new CrewLeader(access);
    return work(new TrainingCrew(leader));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
