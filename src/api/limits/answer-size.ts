import { GraphQLError } from 'graphql';
import { TrainyardError } from '../../errors.ts';
import { turn } from '../../platform/concurrency/taking-turns.ts';

/** The bytes of an answer's data as JSON, at the most: a page of what the API has to show is a hundredth of it. */
const MAX_ANSWER_BYTES = 10_000_000;

/** So many values are looked at in less than a millisecond, all of an answer in fifty. */
const VALUES_PER_TURN = 2_000;

/** Characters as JSON escapes them, and numbers and dates, are no longer. */
const MAX_BYTES_OF_CHARACTER = 6;
const MAX_BYTES_OF_OTHERS = 27;

/** What an execution gives, as far as it matters here. */
interface Result {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** The one error to answer with in the place of a result that is too large; null where the result may be sent. */
export async function refusalOf({ data, errors = [] }: Result): Promise<GraphQLError | null> {
  const isRefused = errors.some(({ originalError }) => isRefusal(originalError));
  if (!isRefused && !(await isTooLarge(data))) return null;
  const originalError = answerTooLarge();
  return new GraphQLError(originalError.message, { originalError });
}

function isRefusal(error: unknown): boolean {
  return error instanceof TrainyardError && error.code === 'ANSWER_TOO_LARGE';
}

/** The error in the place of an answer that is too large. */
export function answerTooLarge(): TrainyardError {
  return new TrainyardError(
    'ANSWER_TOO_LARGE',
    `What the operation asks for is more than the ${MAX_ANSWER_BYTES} bytes that an answer may have.`,
    { hint: 'Ask for fewer items, or for fewer of their fields. What a mutation was to do is done.' },
  );
}

/**
 * Whether data would be more as JSON than an answer may be. It is counted, not written: the same long text may stand in it
 * often. Few answers come near the limit, and only those are counted to the byte.
 */
async function isTooLarge(data: unknown): Promise<boolean> {
  return (await exceeds(data, mostBytesOf)) && (await exceeds(data, bytesOf));
}

/** Whether the texts and numbers of a value, as long as `lengthOf` says, with what stands around them, are too much. */
async function exceeds(data: unknown, lengthOf: (leaf: unknown) => number): Promise<boolean> {
  const left = [data];
  let bytes = 0;
  let values = 0;
  while (left.length > 0) {
    const value = left.pop();
    values += 1;
    if (values % VALUES_PER_TURN === 0) await turn();
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
    if (bytes > MAX_ANSWER_BYTES) return true;
  }
  return false;
}

/** What has a way of its own to become JSON, such as a date, is one value. */
function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}

function mostBytesOf(leaf: unknown): number {
  return typeof leaf === 'string' ? leaf.length * MAX_BYTES_OF_CHARACTER + 2 : MAX_BYTES_OF_OTHERS;
}

function bytesOf(leaf: unknown): number {
  // A text that is too long by itself is not written to find out.
  if (typeof leaf === 'string' && leaf.length > MAX_ANSWER_BYTES) return leaf.length;
  return Buffer.byteLength(JSON.stringify(leaf) ?? '');
}
