import { GraphQLError } from 'graphql';
import { TrainyardError } from '../../errors.ts';
import { yieldToEventLoop } from '../../platform/concurrency/yielding-queue.ts';

/** Maximum size of a response's data as JSON, about a hundred usual pages. */
const MAX_RESPONSE_BYTES = 10_000_000;

/** This many values are measured within a millisecond, those of a whole response within fifty. */
const VALUES_PER_YIELD = 2_000;

/** Maximum bytes of an escaped character, and of numbers and dates. */
const MAX_BYTES_OF_CHARACTER = 6;
const MAX_BYTES_OF_OTHERS = 27;

/** The relevant parts of an execution result. */
interface Result {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** The error that replaces a result that is too large; null if the result may be sent. */
export async function refusalOf({ data, errors = [] }: Result): Promise<GraphQLError | null> {
  const isRefused = errors.some(({ originalError }) => isRefusal(originalError));
  if (!isRefused && !(await isTooLarge(data))) return null;
  const originalError = responseTooLarge();
  return new GraphQLError(originalError.message, { originalError });
}

function isRefusal(error: unknown): boolean {
  return error instanceof TrainyardError && error.code === 'ANSWER_TOO_LARGE';
}

/** The error for a response that is too large. */
export function responseTooLarge(): TrainyardError {
  return new TrainyardError('ANSWER_TOO_LARGE', `The response would be larger than ${MAX_RESPONSE_BYTES} bytes.`, {
    hint: 'Request fewer items, or fewer of their fields. Mutations of this request have been executed.',
  });
}

/**
 * Whether the data is too large as JSON. The size is counted without serializing: the same long text may occur many times. An
 * upper bound is computed first; only responses near the limit are counted exactly.
 */
async function isTooLarge(data: unknown): Promise<boolean> {
  return (await exceeds(data, maxBytesOf)) && (await exceeds(data, bytesOf));
}

/** Whether a value is too large, with `lengthOf` for the length of its leaves. */
async function exceeds(data: unknown, lengthOf: (leaf: unknown) => number): Promise<boolean> {
  const left = [data];
  let bytes = 0;
  let values = 0;
  while (left.length > 0) {
    const value = left.pop();
    values += 1;
    if (values % VALUES_PER_YIELD === 0) await yieldToEventLoop();
    if (Array.isArray(value)) {
      bytes += 2 + value.length;
      for (const item of value) left.push(item);
    } else if (isFields(value)) {
      bytes += 2;
      for (const name in value) {
        // Names of fields and aliases are plain ASCII.
        bytes += name.length + 4;
        left.push(value[name]);
      }
    } else bytes += lengthOf(value);
    if (bytes > MAX_RESPONSE_BYTES) return true;
  }
  return false;
}

/** Objects with toJSON, such as dates, are single values. */
function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}

function maxBytesOf(leaf: unknown): number {
  return typeof leaf === 'string' ? leaf.length * MAX_BYTES_OF_CHARACTER + 2 : MAX_BYTES_OF_OTHERS;
}

function bytesOf(leaf: unknown): number {
  // A text that is too long by itself need not be serialized.
  if (typeof leaf === 'string' && leaf.length > MAX_RESPONSE_BYTES) return leaf.length;
  return Buffer.byteLength(JSON.stringify(leaf) ?? '');
}
