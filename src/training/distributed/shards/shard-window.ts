/** Shards that may wait to be stored: while one is sent to the store, the next ones are made. */
const MAX_WAITING = 4;

/** Makes the thread that writes shards wait for the store, in shared memory: the thread takes no messages meanwhile. */
export class ShardWindow {
  readonly waiting: Int32Array<SharedArrayBuffer>;

  /** Without `waiting`: for new shards. */
  constructor(waiting = new Int32Array(new SharedArrayBuffer(4))) {
    this.waiting = waiting;
  }

  /** Called by the thread before it writes a shard: stands still while too many wait. */
  enter(): void {
    for (let count = Atomics.load(this.waiting, 0); count >= MAX_WAITING; count = Atomics.load(this.waiting, 0)) {
      Atomics.wait(this.waiting, 0, count);
    }
    Atomics.add(this.waiting, 0, 1);
  }

  /** Called once a shard is stored. */
  leave(): void {
    Atomics.sub(this.waiting, 0, 1);
    Atomics.notify(this.waiting, 0);
  }
}
