import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';

const READER = join(import.meta.dirname, 'model_reader.py');

export const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;

/** What is said beside the names of tests that need it. */
export const WITHOUT_PYTHON = HAS_PYTHON ? '' : ' (skipped: there is no python3 on the PATH)';

/** The two programs add in the same order, but their exponentials differ in the last digits. */
export const DIGITS = 10;

/** What the reader in Python answers. */
export function ask<Answer>(request: object): Answer {
  const { status, stdout, stderr } = spawnSync('python3', [READER], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Answer;
}
