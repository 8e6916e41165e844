import { BatchedRead } from './batched-read.ts';

/** A batched read of one thing by its id: a value or null for each. */
export class BatchedLookup<Value> extends BatchedRead<string, Value | null> {}
