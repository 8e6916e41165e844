import { setTimeout as delay } from 'node:timers/promises';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

/** The one environment variable of it, for tests alone: see docs/testing.md. */
const VARIABLE = 'TRAINYARD_TEST_PACE';

/** The shared counter of completed work of the threads. */
const COUNT = 'trainyard-test-pace';

/**
 * What takes longer is not made to look instantaneous to the end. Reads come by the dozen: a process that stands still for all
 * of them, one after the other, takes its database for gone.
 */
const LONGEST_STANDSTILL_MILLISECONDS = { training: 3_000, reading: 250 } as const;

/** A training that stands still looks so often whether a checkpoint is due. */
const STILL_MILLISECONDS = 20;

/** How fast trainings and reads of files are to look; null: as fast as they are. */
export type TestPace =
  | null
  /** Nobody in the process sees the middle of them: it stands still until the thread has done its work. */
  | { readonly kind: 'instant' }
  /** Each of their stages begins so much later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** A training stands still once the candidate of this name is done, and goes on being reported and saved until its process ends. */
  | { readonly kind: 'still'; readonly candidate: string };

/** Reads the variable. Throws for a text that means nothing, and in production. */
export function readTestPace(text: string | undefined, nodeEnv: string | undefined): TestPace {
  if (text === undefined || text === '') return null;
  if (nodeEnv === 'production') throw new Error(`${VARIABLE} is for tests, and must not be set in production.`);
  if (text === 'instant') return { kind: 'instant' };
  const milliseconds = /^delay:(\d+)$/.exec(text)?.[1];
  if (milliseconds !== undefined) return { kind: 'delay', milliseconds: Number(milliseconds) };
  const candidate = /^still:(.+)$/.exec(text)?.[1];
  if (candidate !== undefined) return { kind: 'still', candidate };
  throw new Error(`${VARIABLE} is neither "instant", "delay:<milliseconds>" nor "still:<candidate>".`);
}

const pace = readTestPace(process.env[VARIABLE], process.env['NODE_ENV']);
const done = pace?.kind === 'instant' ? countOfDone() : null;

function countOfDone(): Int32Array<SharedArrayBuffer> {
  const known = getEnvironmentData(COUNT) as Int32Array<SharedArrayBuffer> | undefined;
  if (known !== undefined || !isMainThread) return known ?? new Int32Array(new SharedArrayBuffer(4));
  const count = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData(COUNT, count);
  return count;
}

/** At the beginning of a stage, on an event loop. */
export async function atStage(): Promise<void> {
  if (pace?.kind === 'delay') await delay(pace.milliseconds);
}

/** At the beginning of a stage, in a thread that may stand still. */
export function atStageOfThread(): void {
  if (pace?.kind === 'delay') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pace.milliseconds);
}

/** Whether a training is to stand still at its next checkpoint, now that a step tells of these candidates. */
export function isToStandStill(candidates: readonly { readonly name: string; readonly status: string }[]): boolean {
  return pace?.kind === 'still' && candidates.some(({ name, status }) => name === pace.candidate && status === 'DONE');
}

/** In the thread: never returns, and repeats the last step. */
export function standStill(step: () => void): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    step();
    Atomics.wait(nothing, 0, 0, STILL_MILLISECONDS);
  }
}

/** Gives work to a thread, and stands still until it is done where that is to look instantaneous. */
export function runInThread<T>(work: keyof typeof LONGEST_STANDSTILL_MILLISECONDS, run: () => T): T {
  if (done === null) return run();
  const before = Atomics.load(done, 0);
  const result = run();
  Atomics.wait(done, 0, before, LONGEST_STANDSTILL_MILLISECONDS[work]);
  return result;
}

/** In the thread: the work is done. */
export function reportDone(): void {
  if (done === null) return;
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
}
