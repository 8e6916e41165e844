/** What else the process has to do waits so long at the most for one list. */
const TURN_MILLISECONDS = 10;

let startedAt = 0;
let nextTurn: Promise<void> | null = null;

/** Resolves when everything that waits has had its turn; null where this turn has only just begun. */
export function endOfTurn(): Promise<void> | null {
  if (nextTurn === null && performance.now() - startedAt < TURN_MILLISECONDS) return null;
  nextTurn ??= new Promise((resolve) => {
    setImmediate(() => {
      startedAt = performance.now();
      nextTurn = null;
      resolve();
    });
  });
  return nextTurn;
}

/**
 * The same items, one after the other, with pauses in which the process does what else it has to do. An execution completes
 * each item, with all that is asked of it, at the moment at which its promise resolves, and a list of items at once.
 */
export function inTurns<T>(items: readonly T[]): readonly Promise<T>[] {
  const releases: (() => void)[] = [];
  const promises = items.map((item) => new Promise<T>((resolve) => releases.push(() => resolve(item))));
  void releaseEach(releases);
  return promises;
}

async function releaseEach(releases: readonly (() => void)[]): Promise<void> {
  for (const release of releases) {
    // Also where there is no pause: the item before is completed first, and its time counts.
    await endOfTurn();
    release();
  }
}
