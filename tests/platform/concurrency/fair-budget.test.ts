import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FairBudget } from '../../../src/platform/concurrency/fair-budget.ts';

const NEVER = new AbortController().signal;

/** Tasks that end when they are told to, and the order in which they began. */
function tasks(budget: FairBudget) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    run: (name: string, owner: string, cost: number, signal = NEVER): Promise<void> =>
      budget.run(owner, cost, signal, async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
      }),
    end: async (name: string): Promise<void> => {
      await nextTurn();
      ends.get(name)?.();
      // All promises that this settles have had their turn by then.
      await nextTurn();
    },
  };
}

describe('a budget', () => {
  test('a budget starts tasks that fit into it, and others when there is room again', async () => {
    const { begun, run, end } = tasks(new FairBudget(10, 100));
    void run('a', 'x', 6);
    void run('b', 'x', 6);
    void run('c', 'y', 4);
    await end('');
    expect(begun).toEqual(['a', 'c']);
    await end('c');
    expect(begun).toEqual(['a', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'c', 'b']);
  });

  test('a budget starts a task of the owner with the least in flight next', async () => {
    const { begun, run, end } = tasks(new FairBudget(4, 100));
    void run('x1', 'x', 2);
    void run('x2', 'x', 2);
    void run('x3', 'x', 2);
    void run('y1', 'y', 2);
    await end('x1');
    expect(begun).toEqual(['x1', 'x2', 'y1']);
    await end('x2');
    expect(begun).toEqual(['x1', 'x2', 'y1', 'x3']);
  });

  test('a task larger than the whole budget runs alone', async () => {
    const { begun, run, end } = tasks(new FairBudget(10, 100));
    void run('small', 'x', 1);
    void run('huge', 'y', 1_000);
    await end('');
    expect(begun).toEqual(['small']);
    await end('small');
    expect(begun).toEqual(['small', 'huge']);
    void run('next', 'x', 1);
    await end('huge');
    expect(begun).toEqual(['small', 'huge', 'next']);
  });

  test('small tasks may pass a large one that waits, but not for ever', async () => {
    const { begun, run, end } = tasks(new FairBudget(10, 100));
    void run('first', 'x', 5);
    void run('large', 'y', 10);
    for (let n = 0; n < 40; n++) {
      void run(`small ${n}`, 'x', 1);
      await end(`small ${n}`);
    }
    expect(begun).toHaveLength(21);
    expect(begun).not.toContain('large');
    await end('first');
    expect(begun.at(-1)).toBe('large');
    await end('large');
    expect(begun.length).toBeGreaterThan(22);
  });

  test('a cancelled waiting task is forgotten, and those behind it can start', async () => {
    const { begun, run, end } = tasks(new FairBudget(10, 100));
    const gone = new AbortController();
    void run('first', 'x', 5);
    const waiting = run('large', 'y', 10, gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await end('first');
    void run('next', 'y', 10);
    await end('');
    expect(begun).toEqual(['first', 'next']);
    await expect(run('late', 'y', 1, gone.signal)).rejects.toThrow('gone');
  });

  test('a failed task returns its share of the budget', async () => {
    const budget = new FairBudget(10, 100);
    await expect(budget.run('x', 10, NEVER, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await budget.run('x', 10, NEVER, async () => 'done')).toBe('done');
  });

  test('a budget refuses further tasks when too many wait', async () => {
    const { run } = tasks(new FairBudget(1, 1));
    void run('a', 'x', 1);
    void run('b', 'x', 1);
    await expect(run('c', 'y', 1)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
