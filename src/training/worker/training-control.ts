/** What the worker asks of a training that is in flight, whose thread takes no messages meanwhile. */
const STOP = 0;
const CHECKPOINT = 1;
const SAVING = 2;

/** The worker's side and the thread's side of what it asks, in memory that both see. */
export class TrainingControl {
  readonly requests: Int32Array<SharedArrayBuffer>;

  /** Without `requests`: those of a new training. */
  constructor(requests = new Int32Array(new SharedArrayBuffer(12))) {
    this.requests = requests;
  }

  /** To end with the best model so far. */
  askToStop(): void {
    Atomics.store(this.requests, STOP, 1);
  }

  get isToStop(): boolean {
    return Atomics.load(this.requests, STOP) === 1;
  }

  /** To make a checkpoint at the next step that can, whether one is due or not. */
  askForCheckpoint(): void {
    Atomics.store(this.requests, CHECKPOINT, 1);
  }

  /** Whether the last checkpoint is still being saved: another one, unless it was asked for, would only wait. */
  get isSaving(): boolean {
    return Atomics.load(this.requests, SAVING) === 1;
  }

  set isSaving(isSaving: boolean) {
    Atomics.store(this.requests, SAVING, isSaving ? 1 : 0);
  }

  get isCheckpointWanted(): boolean {
    return Atomics.load(this.requests, CHECKPOINT) === 1;
  }
}
