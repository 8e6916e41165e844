import { afterEach, expect, test } from 'vitest';
import { KeyedThreads } from '../../../src/platform/threads/keyed-threads.ts';
import type { EchoReply, EchoRequest } from './keyed-echo.thread.ts';

let open: KeyedThreads<EchoRequest, EchoReply> | null = null;

afterEach(() => open?.close());

function threads(size: number): KeyedThreads<EchoRequest, EchoReply> {
  open = new KeyedThreads<EchoRequest, EchoReply>(new URL('./keyed-echo.thread.ts', import.meta.url), size, {
    greeting: 'hello',
  });
  return open;
}

test('all requests of a key go to the same thread, which keeps what it has for it', async () => {
  const echo = threads(3);
  const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
  const first = await Promise.all(keys.map((key) => echo.run(key, { type: 'echo', text: key })));
  const second = await Promise.all(keys.map((key) => echo.run(key, { type: 'echo', text: key })));
  expect(second.map(({ threadId }) => threadId)).toEqual(first.map(({ threadId }) => threadId));
  expect(new Set(first.map(({ threadId }) => threadId)).size).toBeGreaterThan(1);
  expect(first.map(({ text }) => text)).toEqual(keys.map((key) => `hello, ${key}`));
});

test('an error rejects its request alone, with its code', async () => {
  const echo = threads(1);
  const [failed, answered] = await Promise.allSettled([
    echo.run('a', { type: 'fail' }),
    echo.run('a', { type: 'echo', text: 'b' }),
  ]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'refused', code: 'EREFUSED' } });
  expect(answered).toMatchObject({ status: 'fulfilled', value: { text: 'hello, b' } });
});

test('a thread that dies rejects what it had, and the next request starts another', async () => {
  const echo = threads(1);
  const { threadId } = await echo.run('a', { type: 'echo', text: 'a' });
  const lost = await Promise.allSettled([echo.run('a', { type: 'wait' }), echo.run('a', { type: 'die' })]);
  for (const each of lost) expect(each).toMatchObject({ status: 'rejected', reason: { name: 'ThreadDiedError' } });
  expect((await echo.run('a', { type: 'echo', text: 'a' })).threadId).not.toBe(threadId);
});

test('closing rejects what is pending, and later requests', async () => {
  const echo = threads(1);
  const pending = echo.run('a', { type: 'wait' });
  const [refused] = await Promise.allSettled([pending, echo.close()]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'ThreadDiedError' } });
  await expect(echo.run('a', { type: 'echo', text: 'a' })).rejects.toThrow('ended');
});
