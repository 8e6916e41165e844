import { GraphQLError } from 'graphql';
import { TrainyardError } from '../../errors.ts';

/** The bytes of an answer's data as JSON, at the most: a page of what the API has to show is a hundredth of it. */
const MAX_ANSWER_BYTES = 10_000_000;

/** Ends the walk through an answer as soon as it is known to be too large. */
class TooLarge extends Error {}

/** What an execution gives, as far as it matters here. */
interface Result {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** The one error to answer with in the place of a result that is too large; null where the result may be sent. */
export function refusalOf({ data, errors = [] }: Result): GraphQLError | null {
  const refused = errors.some(({ originalError }) => isRefusal(originalError));
  // Few answers come near the limit, and none of those is counted to the byte.
  if (!refused && (mostBytesOf(data) <= MAX_ANSWER_BYTES || !isTooLarge(data))) return null;
  const originalError = answerTooLarge();
  return new GraphQLError(originalError.message, { originalError });
}

function isRefusal(error: unknown): boolean {
  return error instanceof TrainyardError && error.code === 'ANSWER_TOO_LARGE';
}

/** Whether data would be more as JSON than an answer may be. It is counted, not written: the same long text may stand in it often. */
function isTooLarge(data: unknown): boolean {
  try {
    return bytesOf(data, MAX_ANSWER_BYTES) > MAX_ANSWER_BYTES;
  } catch (error) {
    if (error instanceof TooLarge) return true;
    throw error;
  }
}

/** The error in the place of an answer that is too large. */
export function answerTooLarge(): TrainyardError {
  return new TrainyardError(
    'ANSWER_TOO_LARGE',
    `What the operation asks for is more than the ${MAX_ANSWER_BYTES} bytes that an answer may have.`,
    { hint: 'Ask for fewer items, or for fewer of their fields. What a mutation was to do is done.' },
  );
}

/** Characters as JSON escapes them, and numbers with a sign, 17 digits and an exponent, are no longer. */
const MOST_BYTES_OF_CHARACTER = 6;
const MOST_BYTES_OF_NUMBER = 25;

/** A bound on the bytes of a value as JSON that is quick to find. */
function mostBytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length * MOST_BYTES_OF_CHARACTER + 2;
  // What is no list and no object of fields is a date at most.
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return MOST_BYTES_OF_NUMBER + 2;
  let bytes = 2;
  if (Array.isArray(value)) for (const item of value) bytes += mostBytesOf(item) + 1;
  else for (const name in value) bytes += name.length + 4 + mostBytesOf((value as Record<string, unknown>)[name]);
  return bytes;
}

/** The bytes of a value as JSON in UTF-8. Throws TooLarge where they are more than `left`. */
function bytesOf(value: unknown, left: number): number {
  if (typeof value === 'string') return bytesOfText(value, left);
  if (typeof value === 'number') return String(value).length;
  // null, true or false; what else there might be is a text of its own making, such as a date.
  if (typeof value !== 'object' || value === null) return 5;
  if (Array.isArray(value)) return bytesOfItems(value, left);
  if ('toJSON' in value) return bytesOf((value as { toJSON(): unknown }).toJSON(), left);
  let bytes = 2;
  for (const [name, part] of Object.entries(value)) {
    // Names of fields and aliases are plain ASCII.
    bytes += name.length + 4;
    bytes += bytesOf(part, left - bytes);
    if (bytes > left) throw new TooLarge();
  }
  return bytes;
}

function bytesOfItems(items: readonly unknown[], left: number): number {
  let bytes = 2;
  for (const item of items) {
    bytes += 1 + bytesOf(item, left - bytes);
    if (bytes > left) throw new TooLarge();
  }
  return bytes;
}

function bytesOfText(text: string, left: number): number {
  if (text.length > left) throw new TooLarge();
  return Buffer.byteLength(JSON.stringify(text));
}
