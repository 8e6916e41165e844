import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RecentMemory } from '../../../src/platform/concurrency/recent-values.ts';

/** A source whose answers are given one by one. */
function openSource() {
  const answers: { resolve(value: string): void; reject(error: Error): void }[] = [];
  const read = () => new Promise<string>((resolve, reject) => answers.push({ resolve, reject }));
  return { answers, read };
}

const memory = new RecentMemory();
const values = memory.open<string>((value) => value !== 'nobody');
let reads = 0;

/** What is given when the source says something else at each reading. */
function ask(key = 'key'): Promise<string> {
  return values.get(key, async () => `reading ${++reads}`);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  memory.forget();
  reads = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

test('a value is given again for half a second, by its key, and then it is read anew', async () => {
  expect([await ask(), await ask(), await ask('other')]).toEqual(['reading 1', 'reading 1', 'reading 2']);
  vi.advanceTimersByTime(249);
  expect(await ask()).toBe('reading 1');
  vi.advanceTimersByTime(251);
  expect(await ask()).toBe('reading 3');
});

test('whoever asks often never waits: a value is read again while it is given', async () => {
  await ask();
  vi.advanceTimersByTime(300);
  expect(await Promise.all([ask(), ask()])).toEqual(['reading 1', 'reading 1']);
  expect([await ask(), reads]).toEqual(['reading 2', 2]);
});

test('the age counts from the beginning of the reading, however long that takes', async () => {
  const { answers, read } = openSource();
  const first = values.get('key', read);
  vi.advanceTimersByTime(500);
  answers[0]?.resolve('late');
  expect(await first).toBe('late');
  expect(await ask()).toBe('reading 1');
});

test('a reading that fails, or that nothing comes of, leaves nothing: the next one is asked for and tells why', async () => {
  await ask();
  vi.advanceTimersByTime(300);
  const failing = async () => Promise.reject(new Error('away'));
  expect(await values.get('key', failing)).toBe('reading 1');
  vi.advanceTimersByTime(200);
  await expect(values.get('key', failing)).rejects.toThrow('away');
  expect(await ask()).toBe('reading 2');
  vi.advanceTimersByTime(300);
  expect(await values.get('key', async () => 'nobody')).toBe('reading 2');
  expect(await ask()).toBe('reading 3');
});

test('what is forgotten stays so, even if it was being read', async () => {
  const { answers, read } = openSource();
  const before = values.get('key', read);
  memory.forget();
  answers[0]?.resolve('old');
  expect(await before).toBe('old');
  expect(await ask()).toBe('reading 1');
  memory.forget();
  expect(await ask()).toBe('reading 2');
});

test('an older reading does not take the place of a newer one', async () => {
  const { answers, read } = openSource();
  const older = values.get('key', read);
  vi.advanceTimersByTime(10);
  const newer = values.get('key', read);
  answers[1]?.resolve('newer');
  await newer;
  answers[0]?.resolve('older');
  expect([await older, await values.get('key', read)]).toEqual(['older', 'newer']);
});
