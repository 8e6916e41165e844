/** What the worker asks of a training that is under way, whose thread takes no messages meanwhile. */
const STOP = 0;
const CHECKPOINT = 1;

/** The worker's side and the thread's side of two wishes, in memory that both see. */
export class TrainingControl {
  readonly wishes: Int32Array<SharedArrayBuffer>;

  /** Without `wishes`: those of a new training. */
  constructor(wishes = new Int32Array(new SharedArrayBuffer(8))) {
    this.wishes = wishes;
  }

  /** To end with the best model so far. */
  askToStop(): void {
    Atomics.store(this.wishes, STOP, 1);
  }

  get isToStop(): boolean {
    return Atomics.load(this.wishes, STOP) === 1;
  }

  /** To make a checkpoint at the next step that can, whether one is due or not. */
  askForCheckpoint(): void {
    Atomics.store(this.wishes, CHECKPOINT, 1);
  }

  get isCheckpointWanted(): boolean {
    return Atomics.load(this.wishes, CHECKPOINT) === 1;
  }
}
