/** The iterator of a subscription, as far as it is needed to end it. */
interface Endable {
  return(): Promise<unknown>;
}

/** An operation of a socket, until nothing of it runs any more. */
export class SocketOperation {
  readonly startedAt = performance.now();
  /** Size of its message, which is kept in memory while it runs. */
  readonly bytes: number;
  /** The field of a running subscription. */
  field: string | null = null;
  #iterator: Endable | null = null;
  #isExecuting = true;
  #isCancelled = false;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** True until there is a result, or the iterator of a subscription. */
  get isExecuting(): boolean {
    return this.#isExecuting;
  }

  /** The operation was executed, with or without an iterator. The iterator of a cancelled operation is ended at once. */
  executed(iterator: Endable | null): void {
    this.#isExecuting = false;
    this.#iterator = iterator;
    if (this.#isCancelled) this.end();
  }

  /** Ends its iterator, now or as soon as there is one. */
  end(): void {
    this.#isCancelled = true;
    // Errors of ending it do not matter.
    this.#iterator?.return().catch(() => undefined);
  }
}

/**
 * The operations of one socket. graphql-ws keeps them too, but forgets one as soon as its client completes it, while it
 * still runs.
 */
export class SocketOperations {
  readonly #operations = new Map<string, SocketOperation>();
  readonly #onFinished: (() => void)[] = [];
  #isClosed = false;

  get size(): number {
    return this.#operations.size;
  }

  /** Of the messages that asked for them. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#operations.values()) sum += bytes;
    return sum;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True while one of them has no result yet. */
  get isExecuting(): boolean {
    for (const { isExecuting } of this.#operations.values()) if (isExecuting) return true;
    return false;
  }

  /** The fields of the subscriptions that run. */
  get fields(): readonly string[] {
    return [...this.#operations.values()].flatMap(({ field }) => field ?? []);
  }

  /** Counts an operation and the size of its message under a unique id, until it is finished. */
  begin(id: string, bytes: number): SocketOperation {
    const operation = new SocketOperation(bytes);
    this.#operations.set(id, operation);
    return operation;
  }

  /** Executes the operation. If its socket has closed meanwhile, it is finished then. */
  async track<T extends object>(id: string, operation: SocketOperation, execute: () => T | Promise<T>): Promise<T> {
    let iterator: Endable | null = null;
    try {
      const result = await execute();
      if (isEndable(result)) iterator = result;
      return result;
    } finally {
      operation.executed(iterator);
      if (this.#isClosed) this.finish(id);
    }
  }

  /** The operation is over, and its id free. */
  finish(id: string): void {
    this.#operations.delete(id);
    this.#notifyIfFinished();
  }

  /** The socket has closed: its subscriptions end. Executing operations count until they have a result. */
  close(): void {
    this.#isClosed = true;
    for (const [id, operation] of this.#operations) {
      operation.end();
      if (!operation.isExecuting) this.#operations.delete(id);
    }
    this.#notifyIfFinished();
  }

  /** Called once, when the socket has closed and nothing of it runs any more. */
  onFinished(call: () => void): void {
    this.#onFinished.push(call);
    this.#notifyIfFinished();
  }

  #notifyIfFinished(): void {
    if (!this.#isClosed || this.#operations.size > 0) return;
    for (const call of this.#onFinished.splice(0)) call();
  }
}

function isEndable(result: object): result is Endable {
  return Symbol.asyncIterator in result && 'return' in result;
}
