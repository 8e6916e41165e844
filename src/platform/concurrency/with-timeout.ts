/** Several in the time that anybody is given, so that each answer that takes some turns of a busy event loop is read. */
const STEP_MILLISECONDS = 25;

/**
 * What the work comes to, or `late` where it takes longer than that. The time is counted in short steps: a process that was
 * frozen, or had no time to read what has come long since, does not take its own pause for the other's silence.
 */
export async function within<T>(work: Promise<T>, milliseconds: number, late: T): Promise<T> {
  const end = work.then((value) => ({ value }));
  for (let waited = 0; waited < milliseconds; waited += STEP_MILLISECONDS) {
    const ended = await withinStep(end);
    if (ended !== null) return ended.value;
  }
  return late;
}

async function withinStep<T>(end: Promise<T>): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, STEP_MILLISECONDS, null);
  try {
    return await Promise.race([end, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether an answer comes within a time, counted like that, and is true. */
export function respondsWithin(answer: Promise<boolean>, milliseconds: number): Promise<boolean> {
  return within(
    answer.catch(() => false),
    milliseconds,
    false,
  );
}
