import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  Kind,
  subscribe,
  visit,
} from 'graphql';

/**
 * Subscriptions whose items are the same for all subscribers: no field below has a resolver that depends on the viewer, or
 * takes an argument. A test checks that.
 */
export const SAME_FOR_ALL: readonly string[] = ['trainingEvents'];

type Result = ExecutionResult | Promise<ExecutionResult>;

/**
 * Subscribes as graphql's `subscribe` does; but where many follow the same thing with the same document, the selection is
 * executed once for each item, and all get the one result. Thousands of sockets follow a few runs with one query.
 */
export class SharedResults {
  readonly #results = new WeakMap<object, Map<DocumentNode, Result>>();
  readonly #isShareable = new WeakMap<DocumentNode, boolean>();

  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    if (!this.#canShare(args.document)) return (await subscribe(args)) as AsyncGenerator<ExecutionResult>;
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    return new ResultIterator(source[Symbol.asyncIterator](), (item) => this.#resultOf(args, item));
  }

  #resultOf(args: ExecutionArgs, item: unknown): Result {
    if (typeof item !== 'object' || item === null) throw new Error('An item that is no object cannot be shared.');
    const ofItem = this.#results.get(item) ?? new Map<DocumentNode, Result>();
    this.#results.set(item, ofItem);
    const known = ofItem.get(args.document);
    if (known !== undefined) return known;
    const result = execute({ ...args, rootValue: item });
    ofItem.set(args.document, result);
    return result;
  }

  #canShare(document: DocumentNode): boolean {
    const known = this.#isShareable.get(document) ?? isSameForAll(document);
    this.#isShareable.set(document, known);
    return known;
  }
}

/** Whether a document's results depend on nothing but the item: no variable but at the subscription itself. */
function isSameForAll({ definitions: [operation, ...others] }: DocumentNode): boolean {
  if (others.length > 0 || operation?.kind !== Kind.OPERATION_DEFINITION) return false;
  const [root, ...more] = operation.selectionSet.selections;
  if (more.length > 0 || root?.kind !== Kind.FIELD || !SAME_FOR_ALL.includes(root.name.value)) return false;
  if ((operation.directives?.length ?? 0) + (root.directives?.length ?? 0) > 0 || !root.selectionSet) return false;
  let isPlain = true;
  const refuse = () => {
    isPlain = false;
  };
  visit(root.selectionSet, { Variable: refuse, Directive: refuse });
  return isPlain;
}

/** Returns the result of each item. All other calls go to the source at once. */
class ResultIterator implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: AsyncIterator<unknown, unknown>;
  readonly #toResult: (item: unknown) => Result;

  constructor(source: AsyncIterator<unknown, unknown>, toResult: (item: unknown) => Result) {
    this.#source = source;
    this.#toResult = toResult;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const { done, value }: IteratorResult<unknown, unknown> = await this.#source.next();
    return done === true ? { done, value: undefined } : { done: false, value: await this.#toResult(value) };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.#source.return?.();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
