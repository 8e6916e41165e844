import { expect, test } from 'vitest';
import { type Candidate, LeaderboardMerger } from '../../src/client/core/leaderboard.ts';

function candidate(number: number, change: Partial<Candidate> = {}): Candidate {
  return {
    ...{ id: `run/${number}`, name: `Candidate ${number}`, algorithm: 'LINEAR', status: 'WAITING', reason: null },
    ...{ foldsDone: 0, folds: 3, loss: null, low: null, high: null, score: null },
    ...{ fitSeconds: null, predictMicroseconds: null, weight: null },
    ...change,
  };
}

const numbersOf = (merger: LeaderboardMerger) => merger.toArray().map(({ id }) => Number(id.split('/')[1]));

test('candidates are in the order of the server: done by their loss, then at work, then waiting, then the others', () => {
  const merger = new LeaderboardMerger();
  merger.fill([
    candidate(10),
    candidate(9),
    candidate(1, { status: 'FAILED' }),
    candidate(2, { status: 'DONE', loss: 0.4 }),
    candidate(3, { status: 'SKIPPED' }),
    candidate(4, { status: 'DROPPED', loss: 0.1 }),
    candidate(5, { status: 'RUNNING', loss: 0.2 }),
    candidate(6, { status: 'RUNNING' }),
    candidate(7, { status: 'DONE', loss: 0.3 }),
  ]);
  expect(numbersOf(merger)).toEqual([7, 2, 5, 6, 9, 10, 4, 3, 1]);
});

test('what events have told stays, and the query fills the rest', () => {
  const merger = new LeaderboardMerger();
  expect(merger.add({ attempt: 1, candidate: candidate(1, { status: 'RUNNING' }) })).toBe('NEW_ATTEMPT');
  expect(merger.add({ attempt: 1, candidate: candidate(1, { status: 'DONE', loss: 0.5 }) })).toBe('CHANGED');
  expect(merger.add({ attempt: 1, candidate: null })).toBe('NOTHING');
  merger.fill([candidate(1, { status: 'RUNNING' }), candidate(2)]);
  expect(merger.toArray().map(({ status }) => status)).toEqual(['DONE', 'WAITING']);
});

test('what a lost attempt had told is replaced by what the next one went on from', () => {
  const merger = new LeaderboardMerger();
  merger.add({ attempt: 1, candidate: candidate(1, { status: 'DONE', loss: 0.5 }) });
  merger.add({ attempt: 1, candidate: candidate(2, { status: 'RUNNING' }) });
  expect(merger.add({ attempt: 2, candidate: candidate(1, { status: 'RUNNING' }) })).toBe('NEW_ATTEMPT');
  merger.fill([candidate(1), candidate(2)]);
  expect(merger.toArray().map(({ status }) => status)).toEqual(['RUNNING', 'WAITING']);
  merger.clear();
  merger.fill([candidate(2, { status: 'DONE', loss: 1 })]);
  expect(numbersOf(merger)).toEqual([2]);
});
