import { BatchLoader } from './batch-loader.ts';

/** A batch loader by id, with null for unknown ids. */
export class BatchLookup<Value> extends BatchLoader<string, Value | null> {}
