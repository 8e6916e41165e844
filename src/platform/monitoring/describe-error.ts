/** The loggable part of an error. Its other properties may contain values: parameters, rows, statements with both. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  /** Code of a socket, system call or driver error, or PostgreSQL's SQLSTATE. */
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  readonly routine?: string;
  readonly syscall?: string;
  readonly hint?: string;
  /** The stack frames only: the first lines of a stack repeat the message. */
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
}

/** The names of these fields in errors of the drivers and Node.js. */
const FIELDS = {
  code: ['code'],
  constraint: ['constraint_name', 'constraint'],
  table: ['table_name', 'table'],
  column: ['column_name', 'column'],
  routine: ['routine'],
  syscall: ['syscall'],
} as const;

/** Causes of causes: a cycle would have no end. */
const MAX_DEPTH = 6;

/** Longer messages repeat their input. */
const MAX_MESSAGE_LENGTH = 2_000;

/** Describes an error without parameters, rows and statements that hold values. Anything else that was thrown is named only by its type. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'A value that is not an Error was thrown.' };
  const fields = error as unknown as Readonly<Record<string, unknown>>;
  const described: Record<string, unknown> = { type: error.constructor.name, message: messageOf(error, fields) };
  for (const [name, sources] of Object.entries(FIELDS)) {
    const value = sources.map((source) => fields[source]).find((found) => typeof found === 'string');
    if (value !== undefined) described[name] = value;
  }
  const frames = error.stack?.match(/^ {4}at .*$/gm);
  if (frames) described['stack'] = frames.join('\n');
  if (depth < MAX_DEPTH) {
    if (error.cause !== undefined) described['cause'] = describeError(error.cause, depth + 1);
    if (error instanceof AggregateError) {
      described['errors'] = error.errors.map((one: unknown) => describeError(one, depth + 1));
    }
  }
  return described as unknown as DescribedError;
}

function messageOf(error: Error, fields: Readonly<Record<string, unknown>>): string {
  // The query builder's message is the statement, followed by all of its parameters.
  if (typeof fields['query'] === 'string' && 'params' in fields) return 'A query failed.';
  const isOfPostgres = typeof fields['severity'] === 'string' && typeof fields['code'] === 'string';
  const message = isOfPostgres ? withoutValues(error.message, String(fields['code'])) : error.message;
  return message.slice(0, MAX_MESSAGE_LENGTH);
}

/**
 * PostgreSQL quotes both names and values. Its messages contain values for data exceptions (class 22) and syntax errors
 * (42601); functions in the database are responsible for their own messages.
 */
function withoutValues(message: string, code: string): string {
  if (code === 'P0001') return 'A program in the database raised an error.';
  const quotesValues = code.startsWith('22') || code === '42601';
  return quotesValues ? message.replace(/"[\s\S]*"|:[\s\S]*$/, '…') : message;
}
