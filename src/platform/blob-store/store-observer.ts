/** A request to an object store that has ended, with all of its retries. */
export interface StoreRequest {
  /** As S3 names it: PutObject, UploadPart, and so on. */
  readonly operation: string;
  /** OK, NOT_FOUND, or the reason of the fault. */
  readonly outcome: string;
  /** Until the head of the answer. */
  readonly seconds: number;
  readonly retries: number;
}

/** Is told of what goes on between this process and its object store, for metrics. */
export interface StoreObserver {
  onRequest(request: StoreRequest): void;
  onSent(bytes: number): void;
  onReceived(bytes: number): void;
}
