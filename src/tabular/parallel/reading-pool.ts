import { type Block, BlockReader, type BlockTask } from './block-reader.ts';
import { type ColumnResult, type ColumnTasks, ColumnWorker } from './column-task.ts';

/** Several threads that work on one file. Each takes the next piece by a counter in shared memory, until none is left. */
export type PoolRequest =
  | { readonly type: 'blocks'; readonly task: BlockTask; readonly spill: number; readonly taken: Int32Array }
  | { readonly type: 'columns'; readonly columnTasks: ColumnTasks; readonly taken: Int32Array };

/** One piece of it done. */
export type PoolResult =
  | { readonly type: 'block'; readonly block: Block }
  | { readonly type: 'column'; readonly column: ColumnResult };

/** Threads that help with a file. */
export interface ReadingPool {
  /** The number of workers beside the calling thread. */
  readonly size: number;
  /**
   * Sends every worker a request, and passes each result to `take`. Resolves when all workers are done or have left after a
   * piece.
   */
  run(requestFor: (worker: number) => PoolRequest, take: (answer: PoolResult) => void): Promise<void>;
}

/** Does what can be got of a request, in the thread that calls. No further piece is begun once `mayGoOn` is false. */
export function performRequest(
  request: PoolRequest,
  answer: (answer: PoolResult) => void,
  mayGoOn: () => boolean = () => true,
): void {
  if (request.type === 'blocks') {
    const reader = new BlockReader(request.task, request.spill);
    try {
      const count = request.task.bounds.length - 1;
      while (mayGoOn()) {
        const index = take(request);
        if (index >= count) break;
        answer({ type: 'block', block: reader.read(index) });
      }
    } finally {
      reader.close();
    }
    return;
  }
  const worker = new ColumnWorker(request.columnTasks);
  try {
    while (mayGoOn()) {
      const task = request.columnTasks.tasks[take(request)];
      if (task === undefined) break;
      answer({ type: 'column', column: worker.run(task) });
    }
  } finally {
    worker.close();
  }
}

function take({ taken }: PoolRequest): number {
  return Atomics.add(taken, 0, 1);
}

/** A counter that threads share, at 0. */
export function sharedCounter(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
