import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Eta } from '../../src/training/eta.ts';

test('at a steady pace it is right', () => {
  const anyTotal = fc.double({ min: 2, max: 10_000, noNaN: true });
  const anyProgress = fc.double({ min: 0.2, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(anyTotal, anyProgress, (total, done) => {
      const eta = new Eta();
      for (let step = 0; step <= 100; step += 1) eta.note((step / 100) * done * total, (step / 100) * done);
      expect(eta.secondsLeft()).toBeCloseTo((1 - done) * total, 3);
    }),
  );
});

test('a slow beginning is forgotten once the pace has changed', () => {
  const eta = new Eta();
  for (let second = 0; second <= 60; second += 1) eta.note(second, second * 0.001);
  for (let second = 1; second <= 12; second += 1) eta.note(60 + second, 0.06 + second * 0.05);
  expect(eta.secondsLeft()).toBeCloseTo((1 - 0.66) / 0.05, 6);
});

test('it says nothing while there is nothing to say', () => {
  const eta = new Eta();
  expect(eta.secondsLeft()).toBeNull();
  eta.note(0, 0);
  eta.note(5, 0.01);
  expect(eta.secondsLeft()).toBeNull();
  const still = new Eta();
  for (let second = 0; second < 5; second += 1) still.note(second, 0.5);
  expect(still.secondsLeft()).toBeNull();
});
