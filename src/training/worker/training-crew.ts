import type { Crew, SquadNews } from '../../ml/parallel/crew.ts';
import {
  type Equipment,
  isLongJob,
  type LongJobName,
  longHand,
  type ResultOf,
  type ShortJobName,
  shortHand,
} from '../../ml/parallel/crew-jobs.ts';
import type { FollowerHand } from '../../platform/threads/crew-follower.ts';
import type { CrewLeader } from '../../platform/threads/crew-leader.ts';

/** What a follower is told: the job that it is to be equipped for. */
type Order =
  | { readonly job: ShortJobName; readonly equipment: Equipment<ShortJobName> }
  | { readonly job: LongJobName; readonly equipment: Equipment<LongJobName> };

/** To call the other threads takes about as long as this work. */
const WORTH_CALLING_NANOSECONDS = 40_000;

/** The crew of a training, for the thread that leads it. */
export class TrainingCrew implements Crew {
  readonly #leader: CrewLeader;
  readonly #worthCalling: number;

  /** `worthCalling`: for how many nanoseconds of work the other threads are called. */
  constructor(leader: CrewLeader, worthCalling = WORTH_CALLING_NANOSECONDS) {
    this.#leader = leader;
    this.#worthCalling = worthCalling;
  }

  get size(): number {
    return this.#leader.size;
  }

  team<Name extends ShortJobName>(job: Name, [own, ...others]: readonly Equipment<Name>[]) {
    this.#leader.equip(others.map((equipment) => ({ job, equipment })));
    // For each thread there is a piece.
    const hand = shortHand(job, own!);
    return {
      each: (step: number, count: number, nanoseconds: number): void => {
        if (count > 1 && nanoseconds > this.#worthCalling)
          this.#leader.each(step, count, (task) => hand.run(step, task));
        else for (let task = 0; task < count; task++) hand.run(step, task);
      },
    };
  }

  squad<Name extends LongJobName>(job: Name, [own, ...others]: readonly Equipment<Name>[]) {
    this.#leader.equip(others.map((equipment) => ({ job, equipment })));
    const hand = longHand(job, own!);
    return {
      all: (first: number, count: number) =>
        // Followers that were equipped for the job give its results.
        this.#leader.all(first, count, (task) => hand.work(task)) as Generator<SquadNews<ResultOf<Name>>, void>,
    };
  }
}

/** Turns what TrainingCrew orders into what does the tasks, on a thread that follows. */
export function followOrder(order: unknown): FollowerHand {
  // Only a TrainingCrew sends orders.
  const { job, equipment } = order as Order;
  if (isLongJob(job)) {
    const hand = longHand(job, equipment as Equipment<LongJobName>);
    return (_, task) => {
      const work = hand.work(task);
      let step = work.next();
      while (!step.done) step = work.next();
      return step.value;
    };
  }
  const hand = shortHand(job, equipment as Equipment<ShortJobName>);
  return (step, task) => hand.run(step, task);
}
