import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keysProvider } from '../../../src/platform/blob-store/s3/rotating-keys.ts';

const INITIAL = { accessKeyId: 'first', secretAccessKey: 'first secret' };

let folder: string;
let accessKeyFile: string;
let secretKeyFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-keys-'));
  [accessKeyFile, secretKeyFile] = [join(folder, 'access'), join(folder, 'secret')];
  await writeFile(accessKeyFile, 'first\n');
  await writeFile(secretKeyFile, 'first secret\n');
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test('keys are those of their files, which are read again after a second', async () => {
  const keys = keysProvider({ ...INITIAL, accessKeyFile, secretKeyFile });
  await writeFile(accessKeyFile, 'second\n');
  await writeFile(secretKeyFile, ' second secret ');
  expect(await keys()).toMatchObject(INITIAL);
  vi.advanceTimersByTime(1_000);
  expect(await keys()).toMatchObject({ accessKeyId: 'second', secretAccessKey: 'second secret' });
});

test('the key of a file that is missing or empty for a moment stays, and the next content counts', async () => {
  const keys = keysProvider({ ...INITIAL, accessKeyFile, secretKeyFile });
  await rm(accessKeyFile);
  await writeFile(secretKeyFile, '\n');
  vi.advanceTimersByTime(1_000);
  expect(await keys()).toMatchObject(INITIAL);
  await writeFile(accessKeyFile, 'second');
  vi.advanceTimersByTime(1_000);
  expect(await keys()).toMatchObject({ accessKeyId: 'second', secretAccessKey: 'first secret' });
});

test('keys that come from no file never expire, and those of files always do, so that the SDK asks again', async () => {
  const constant = keysProvider({ ...INITIAL, accessKeyFile: null, secretKeyFile: null });
  expect(await constant()).toEqual(INITIAL);
  const { expiration } = await keysProvider({ ...INITIAL, accessKeyFile: null, secretKeyFile })();
  expect(expiration?.getTime()).toBeLessThanOrEqual(Date.now());
});
