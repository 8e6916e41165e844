import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig, SETTINGS, type Setting } from '../../src/config.ts';

const SECRET = 'a-secret-of-more-than-32-characters';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-secrets-'));
  file = join(folder, 'secret');
  await writeFile(file, `${SECRET}\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('every secret setting may be read from a file', () => {
  const secrets = Object.entries<Setting<unknown>>(SETTINGS).filter(([, { isSecret }]) => isSecret);
  expect(secrets.map(([name]) => name)).toEqual(
    expect.arrayContaining(['METRICS_TOKEN', 'TOKEN_SECRET', 'DATABASE_URL', 'DATABASE_OWNER_URL', 'MINIO_SECRET_KEY']),
  );
  // Whatever speaks of a key, a token or a password is one.
  const suspects = Object.keys(SETTINGS).filter((name) => /TOKEN|SECRET|PASSWORD|KEY$|DATABASE.*URL/.test(name));
  expect(suspects.filter((name) => !secrets.some(([secret]) => secret === name))).toEqual([]);
});

test('a secret file is read without its final line end', () => {
  const config = readConfig({ TOKEN_SECRET_FILE: file, METRICS_TOKEN_FILE: file });
  expect([config.TOKEN_SECRET, config.METRICS_TOKEN]).toEqual([SECRET, SECRET]);
});

test.each([
  [
    'both are given',
    () => ({ TOKEN_SECRET: SECRET, TOKEN_SECRET_FILE: file }),
    'TOKEN_SECRET and TOKEN_SECRET_FILE are both set',
  ],
  [
    'there is no such file',
    () => ({ TOKEN_SECRET_FILE: '/nowhere' }),
    'TOKEN_SECRET is to stand in /nowhere (TOKEN_SECRET_FILE), which cannot be read (ENOENT)',
  ],
  ['it is a folder', () => ({ TOKEN_SECRET_FILE: folder }), 'cannot be read (EISDIR)'],
  ['it is empty', () => ({ TOKEN_SECRET_FILE: '/dev/null' }), 'which is empty'],
  ['its content is none', () => ({ DATABASE_URL_FILE: file }), 'DATABASE_URL must be a postgres:// address'],
])('an error is reported if %s, without the secret', (_, environment, reason) => {
  expect(() => readConfig(environment())).toThrow(reason);
  expect(() => readConfig(environment())).not.toThrow(SECRET);
});

test('a setting that is not secret cannot be read from a file', () => {
  expect(readConfig({ PORT_FILE: '/nowhere' }).PORT).toBe(4000);
});
