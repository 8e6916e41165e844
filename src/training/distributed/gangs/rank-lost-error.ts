import { RunRefusedError } from '../../runs/run-error.ts';
import type { RankFailure } from './rank-report.ts';

/** A rank has ended, or is silent: the training goes on from its checkpoint, as the next attempt. The message is for users. */
export class RankLostError extends Error {
  /** Whether it counts among the attempts that a run has; a host that was shut down does not. */
  readonly isLoss: boolean;

  constructor(message: string, isLoss = true) {
    super(message);
    this.isLoss = isLoss;
  }
}

/** Whether a run may have another attempt after one that has lost a rank. */
export function mayRepeat(
  { lostAttempts }: { readonly lostAttempts: number },
  error: RankLostError,
  max: number,
): boolean {
  return !error.isLoss || lostAttempts + 1 < max;
}

/** For the users of a run that has another attempt. */
export function goesOn({ message }: RankLostError): string {
  return `${message}. The training goes on from its last checkpoint.`;
}

/** How a run ends that has lost a rank in each of its attempts. */
export function lostTooOften({ attempt }: { readonly attempt: number }, { message }: RankLostError): RunRefusedError {
  return new RunRefusedError({
    code: 'WORKER_LOST',
    message: `${message}. It was attempt ${attempt}, and the training has no further one.`,
    hint: 'Most often a host has too little memory, or the others cannot reach it: see docs/distributed-training.md.',
  });
}

/** What becomes of an attempt one of whose ranks has failed. */
export function toRankError({ code, message }: RankFailure): RankLostError | RunRefusedError {
  if (code !== 'OUT_OF_MEMORY') return new RankLostError(`A host could not go on: ${message}`, code !== 'HOST_LEAVING');
  return new RunRefusedError({
    code: 'OUT_OF_MEMORY',
    message: 'The training needed more memory than a host has.',
    hint: 'Train on more hosts, with fewer columns, or with fewer or smaller trees.',
  });
}
