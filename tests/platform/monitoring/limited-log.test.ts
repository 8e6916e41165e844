import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LimitedLog } from '../../../src/platform/monitoring/limited-log.ts';

test('a flood of one message gives five log lines in ten seconds, and other messages are not affected', () => {
  const lines: { msg: string; leftOut?: number }[] = [];
  let now = 0;
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) });
  const log = new LimitedLog(logger, () => now);
  for (let line = 0; line < 1_000; line += 1) log.warn({ line }, 'refused');
  log.warn({}, 'another');
  expect(lines.map(({ msg }) => msg)).toEqual([...Array<string>(5).fill('refused'), 'another']);
  now = 10_000;
  log.warn({}, 'refused');
  expect(lines.slice(6)).toMatchObject([
    { msg: 'refused: further lines were suppressed', leftOut: 995 },
    { msg: 'refused' },
  ]);
  expect(LimitedLog.of(logger)).toBe(LimitedLog.of(logger));
});
