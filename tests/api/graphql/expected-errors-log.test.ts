import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { formatError } from '../../../src/api/graphql/errors.ts';
import { TrainyardError } from '../../../src/errors.ts';

test('a thousand refused requests give a few short log lines without a stack', () => {
  const lines: string[] = [];
  const log = {
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    metrics: { countError: () => undefined },
  };
  for (const code of ['RATE_LIMITED', 'SERVICE_UNAVAILABLE'] as const) {
    for (let refusal = 0; refusal < 500; refusal += 1) {
      const originalError = new TrainyardError(code, 'Not now.');
      // As the query builder has it, whose own error says nothing.
      const cause = Object.assign(new Error('select secret from users'), { code: 'ECONNREFUSED' });
      originalError.cause = new Error('Failed query: select secret from users', { cause });
      formatError(new GraphQLError('Not now.', { originalError }), 'r', log);
    }
  }
  expect(lines).toHaveLength(10);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ...{ level: 40, msg: 'answered RATE_LIMITED', requestId: 'r', reason: 'Not now.', cause: 'Error ECONNREFUSED' },
  });
  for (const line of lines) expect(line.length).toBeLessThan(300);
  expect(lines.join()).not.toMatch(/stack|secret|\.ts/);
});
