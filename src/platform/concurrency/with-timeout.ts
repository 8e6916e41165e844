/** Much shorter than any timeout, so that a result that needs some turns of a busy event loop is still read. */
const STEP_MILLISECONDS = 25;

/**
 * The result of the work, or `late` if it takes longer. The time is counted in short steps, so that a pause of this process
 * (SIGSTOP, a blocked event loop) does not count as a timeout of the other side.
 */
export async function withTimeout<T>(work: Promise<T>, milliseconds: number, late: T): Promise<T> {
  const end = work.then((value) => ({ value }));
  for (let waited = 0; waited < milliseconds; waited += STEP_MILLISECONDS) {
    const ended = await waitOneStep(end);
    if (ended !== null) return ended.value;
  }
  return late;
}

async function waitOneStep<T>(end: Promise<T>): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, STEP_MILLISECONDS, null);
  try {
    return await Promise.race([end, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a response arrives within the timeout, and is true. */
export function respondsWithin(answer: Promise<boolean>, milliseconds: number): Promise<boolean> {
  return withTimeout(
    answer.catch(() => false),
    milliseconds,
    false,
  );
}
