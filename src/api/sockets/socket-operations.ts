/** What a subscription gives its results with; as much of it as it takes to end it. */
interface Endable {
  return(): Promise<unknown>;
}

/** An operation of a socket, from its being asked for until nothing of it runs any more. */
export class SocketOperation {
  readonly startedAt = performance.now();
  /** Of its message, which is kept as long as it runs. */
  readonly bytes: number;
  /** The field that a running subscription is of. */
  field: string | null = null;
  #iterator: Endable | null = null;
  #isExecuting = true;
  #isUnwanted = false;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** True until there is a result, or the iterator of a subscription. */
  get isExecuting(): boolean {
    return this.#isExecuting;
  }

  /** Takes note of the result, or that there is none. The iterator of what nobody wants any more is ended at once. */
  executed(iterator: Endable | null): void {
    this.#isExecuting = false;
    this.#iterator = iterator;
    if (this.#isUnwanted) this.end();
  }

  /** Ends its iterator, now or as soon as there is one. */
  end(): void {
    this.#isUnwanted = true;
    // What cannot be ended cleanly is no less over.
    this.#iterator?.return().catch(() => undefined);
  }
}

/**
 * The operations of one socket. graphql-ws keeps them too, but forgets one as soon as its client completes it, while it
 * still runs.
 */
export class SocketOperations {
  readonly #operations = new Map<string, SocketOperation>();
  readonly #onGone: (() => void)[] = [];
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

  /** Counts an operation and the bytes of its message, until it is settled, under an id that no other has. */
  begin(id: string, bytes: number): SocketOperation {
    const operation = new SocketOperation(bytes);
    this.#operations.set(id, operation);
    return operation;
  }

  /** Gives what the operation's execution gives. Where its socket has closed meanwhile, it is settled with that. */
  async follow<T extends object>(id: string, operation: SocketOperation, execute: () => T | Promise<T>): Promise<T> {
    let iterator: Endable | null = null;
    try {
      const result = await execute();
      if (isEndable(result)) iterator = result;
      return result;
    } finally {
      operation.executed(iterator);
      if (this.#isClosed) this.settle(id);
    }
  }

  /** The operation is over, and its id free. */
  settle(id: string): void {
    this.#operations.delete(id);
    this.#closeIfGone();
  }

  /** The socket has closed: its subscriptions end. What still executes counts until it has its result. */
  close(): void {
    this.#isClosed = true;
    for (const [id, operation] of this.#operations) {
      operation.end();
      if (!operation.isExecuting) this.#operations.delete(id);
    }
    this.#closeIfGone();
  }

  /** Called once, when the socket has closed and nothing of it runs any more. */
  onGone(call: () => void): void {
    this.#onGone.push(call);
    this.#closeIfGone();
  }

  #closeIfGone(): void {
    if (!this.#isClosed || this.#operations.size > 0) return;
    for (const call of this.#onGone.splice(0)) call();
  }
}

function isEndable(result: object): result is Endable {
  return Symbol.asyncIterator in result && 'return' in result;
}
