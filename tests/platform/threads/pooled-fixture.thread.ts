import { threadId } from 'node:worker_threads';
import { serveThreadPool } from '../../../src/platform/threads/pooled-thread.ts';

/** What the tests ask of a thread. A gate is a number in shared memory: what waits for it goes on when it is not 0. */
export type FixtureRequest =
  | { readonly type: 'thread'; readonly gate?: Int32Array }
  | { readonly type: 'throw' }
  | { readonly type: 'die'; readonly gate?: Int32Array }
  | { readonly type: 'share'; readonly task: FixtureTask };

/** Pieces that are counted in shared memory, each of which waits for the gate. */
export interface FixtureTask {
  readonly pieces: number;
  readonly taken: Int32Array;
  readonly gate: Int32Array;
  /** What the leader waits for before it takes the first one. */
  readonly leaderGate: Int32Array;
  readonly workersDie: boolean;
}

export interface FixturePiece {
  readonly piece: number;
  readonly thread: number;
}

export interface FixtureAnswer {
  readonly thread: number;
  readonly workers: number;
  readonly pieces: readonly FixturePiece[];
}

function take(task: FixtureTask, send: (piece: FixturePiece) => void, mayContinue: () => boolean): void {
  while (mayContinue()) {
    const piece = Atomics.add(task.taken, 0, 1);
    if (piece >= task.pieces) return;
    Atomics.wait(task.gate, 0, 0);
    send({ piece, thread: threadId });
  }
}

serveThreadPool<FixtureRequest, FixtureAnswer, FixtureTask, FixturePiece>({
  async coordinate(request, workers) {
    if ('gate' in request && request.gate !== undefined) Atomics.wait(request.gate, 0, 0);
    if (request.type === 'throw') throw Object.assign(new Error('not today'), { code: 'NOT_TODAY' });
    if (request.type === 'die') process.exit(3);
    const pieces: FixturePiece[] = [];
    if (request.type === 'share') {
      const { task } = request;
      const keep = (piece: FixturePiece) => pieces.push(piece);
      const helped = Promise.all(workers.map((worker) => worker.run(task, keep)));
      Atomics.wait(task.leaderGate, 0, 0);
      take(task, keep, () => true);
      await helped;
    }
    return { thread: threadId, workers: workers.length, pieces };
  },
  work(task, send, mayContinue) {
    if (task.workersDie) process.exit(4);
    take(task, send, mayContinue);
  },
});
