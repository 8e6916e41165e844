/** Flags for a running training, whose thread takes no messages meanwhile. */
const STOP = 0;
const CHECKPOINT = 1;
const SAVING = 2;

/** Flags in shared memory, set by the worker and read by the training thread. */
export class TrainingControl {
  readonly flags: Int32Array<SharedArrayBuffer>;
  /** Called with each request to stop: of whoever does not read the flags. */
  onStop: () => void = () => undefined;

  /** Without `flags`: for a new training. */
  constructor(flags = new Int32Array(new SharedArrayBuffer(12))) {
    this.flags = flags;
  }

  /** Requests the end of the training, with the best model so far. */
  requestStop(): void {
    Atomics.store(this.flags, STOP, 1);
    this.onStop();
  }

  get isStopRequested(): boolean {
    return Atomics.load(this.flags, STOP) === 1;
  }

  /** Requests a checkpoint at the next step that can make one. */
  requestCheckpoint(): void {
    Atomics.store(this.flags, CHECKPOINT, 1);
  }

  /** Whether the last checkpoint is still being saved: another one, unless requested, would only wait. */
  get isSaving(): boolean {
    return Atomics.load(this.flags, SAVING) === 1;
  }

  set isSaving(isSaving: boolean) {
    Atomics.store(this.flags, SAVING, isSaving ? 1 : 0);
  }

  get isCheckpointRequested(): boolean {
    return Atomics.load(this.flags, CHECKPOINT) === 1;
  }
}
