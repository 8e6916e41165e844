import { type ForestEquipment, ForestHand } from '../forest/forest-hand.ts';
import { type BoostingEquipment, BoostingHand } from '../tree/boosting/boosting-hand.ts';
import type { GrowthEquipment } from '../tree/growth-board.ts';
import { GrowthHand } from '../tree/growth-hand.ts';
import type { LongHand, ShortHand } from './crew-hand.ts';

/** Jobs of short tasks: what makes a thread's hand of its equipment. */
export const SHORT_JOBS = {
  GROWTH: (equipment: GrowthEquipment): ShortHand => new GrowthHand(equipment),
  BOOSTING: (equipment: BoostingEquipment): ShortHand => new BoostingHand(equipment),
} as const;

/** Jobs of long tasks. */
export const LONG_JOBS = {
  FOREST: (equipment: ForestEquipment) => new ForestHand(equipment),
} as const;

export type ShortJobName = keyof typeof SHORT_JOBS;
export type LongJobName = keyof typeof LONG_JOBS;

export function isLongJob(job: ShortJobName | LongJobName): job is LongJobName {
  return job in LONG_JOBS;
}

/** What a thread is given for a job. Sent to it as by postMessage: numbers, texts, and arrays, best in shared memory. */
export type Equipment<Name extends ShortJobName | LongJobName> = Name extends ShortJobName
  ? Parameters<(typeof SHORT_JOBS)[Name]>[0]
  : Name extends LongJobName
    ? Parameters<(typeof LONG_JOBS)[Name]>[0]
    : never;

/** What a long task of the job results in. */
export type ResultOf<Name extends LongJobName> =
  ReturnType<(typeof LONG_JOBS)[Name]> extends LongHand<infer Result> ? Result : never;

export function shortHand<Name extends ShortJobName>(job: Name, equipment: Equipment<Name>): ShortHand {
  // The types of both depend on the name, which TypeScript does not follow.
  return (SHORT_JOBS[job] as (equipment: Equipment<Name>) => ShortHand)(equipment);
}

export function longHand<Name extends LongJobName>(job: Name, equipment: Equipment<Name>): LongHand<ResultOf<Name>> {
  return (LONG_JOBS[job] as (equipment: Equipment<Name>) => LongHand<ResultOf<Name>>)(equipment);
}
