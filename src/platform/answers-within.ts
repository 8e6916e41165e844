import { setTimeout as delay } from 'node:timers/promises';

const STEP_MILLISECONDS = 100;

/**
 * Whether an answer comes within a time, and is true. The time is counted in short steps: a process that was frozen, or had
 * no time to read what has come long since, does not take its own pause for the other's silence.
 */
export async function answersWithin(answer: Promise<boolean>, milliseconds: number): Promise<boolean> {
  let result: boolean | null = null;
  const settled = answer.then(
    (value) => {
      result = value;
    },
    () => {
      result = false;
    },
  );
  for (let waited = 0; waited < milliseconds && result === null; waited += STEP_MILLISECONDS) {
    await Promise.race([settled, delay(STEP_MILLISECONDS)]);
  }
  return result ?? false;
}
