import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MemoryHeadroom } from '../../../src/platform/monitoring/memory-headroom.ts';
import type { RunRefusedError } from '../../../src/training/runs/run-error.ts';
import { ResourceMeter, type TrainingLimits } from '../../../src/training/worker/resource-meter.ts';

const MB = 1_000_000;
const LIMIT = 300 * MB;

let processBytes: number;
let headroom: MemoryHeadroom | null;
let excesses: RunRefusedError[];

beforeEach(() => {
  vi.useFakeTimers();
  processBytes = 100 * MB;
  headroom = { limitBytes: LIMIT, usedBytes: 200 * MB };
  excesses = [];
});

afterEach(() => vi.useRealTimers());

function meter(limits: Partial<TrainingLimits> = {}): ResourceMeter {
  return new ResourceMeter(
    { seconds: 1_000, memoryBytes: null, ...limits },
    {
      spentSeconds: 0,
      onLimitExceeded: (error) => excesses.push(error),
      readings: { processBytes: () => processBytes, headroom: () => headroom },
    },
  );
}

/** The training takes so much; whoever looks does so within the time. */
function grow(bytes: number): void {
  processBytes += bytes;
  if (headroom !== null) headroom = { ...headroom, usedBytes: headroom.usedBytes + bytes };
  vi.advanceTimersByTime(1_000);
}

const codes = () => [...new Set(excesses.map(({ failure }) => failure.code))];

describe('in a container of 300 MB of which others have 200', () => {
  test('a training that leaves the memory reserve free continues', () => {
    using _meter = meter();
    grow(60 * MB);
    expect(codes()).toEqual([]);
  });

  test('a training that uses the memory reserve is ended before the kernel kills it', () => {
    using _meter = meter();
    grow(70 * MB);
    expect(codes()).toEqual(['OUT_OF_MEMORY']);
    expect(excesses[0]?.message).toMatch(/only 30 of 300 MB were free/);
  });

  test('memory that other processes use is not available to a training', () => {
    using _meter = meter();
    headroom = { limitBytes: LIMIT, usedBytes: 280 * MB };
    processBytes += 20 * MB;
    vi.advanceTimersByTime(1_000);
    expect(codes()).toEqual(['OUT_OF_MEMORY']);
  });

  test('a training that has used nothing is not ended for what others use', () => {
    using _meter = meter();
    headroom = { limitBytes: LIMIT, usedBytes: 299 * MB };
    vi.advanceTimersByTime(1_000);
    expect(codes()).toEqual([]);
  });

  test('a training that needs more memory than there is does not begin', () => {
    using asked = meter();
    expect(() => asked.requireMemory(70 * MB)).toThrow(/more memory than the server has/);
    expect(() => asked.requireMemory(60 * MB)).not.toThrow();
  });

  test('a small training begins however full the memory is', () => {
    headroom = { limitBytes: LIMIT, usedBytes: 299 * MB };
    using asked = meter();
    expect(() => asked.requireMemory(MB)).not.toThrow();
  });
});

test('the less memory is left, the sooner it is checked again', () => {
  let looks = 0;
  using _meter = new ResourceMeter(
    { seconds: 1_000, memoryBytes: null },
    {
      spentSeconds: 0,
      onLimitExceeded: () => undefined,
      readings: {
        processBytes: () => processBytes,
        headroom: () => {
          looks += 1;
          return headroom;
        },
      },
    },
  );
  headroom = { limitBytes: 8_000 * MB, usedBytes: 0 };
  vi.advanceTimersByTime(1_000);
  const seldom = looks;
  headroom = { limitBytes: LIMIT, usedBytes: 260 * MB };
  vi.advanceTimersByTime(1_000);
  expect(looks - seldom).toBeGreaterThan(3 * seldom);
});

test('MAX_TRAINING_MEMORY_BYTES counts what the training adds, whatever memory there is', () => {
  headroom = null;
  using limited = meter({ memoryBytes: 50 * MB });
  expect(() => limited.requireMemory(51 * MB)).toThrow(/more than 50 MB/);
  grow(50 * MB);
  expect(codes()).toEqual([]);
  grow(MB);
  expect(codes()).toEqual(['OUT_OF_MEMORY']);
});

test('a training that has used its time is ended', () => {
  using _meter = meter({ seconds: 10 });
  vi.advanceTimersByTime(10_000);
  expect(codes()).toEqual(['TIME_LIMIT']);
});
