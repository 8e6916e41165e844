import { describe, expect, it } from 'vitest';
import { correlationText, percentText } from '../../src/runtime/values/percent-text.ts';

describe('a percentage', () => {
  it.each([
    [0.1234, '12.3 %'],
    [0.5, '50 %'],
    [1, '100 %'],
    [0, '0 %'],
    [0.9997, '99.97 %'],
    [0.99996, '99.996 %'],
    [0.0002, '0.02 %'],
    [999_999 / 1_000_000, '99.9999 %'],
  ])('of %d is %s', (share, text) => {
    expect(percentText(share)).toBe(text);
  });
});

describe('a correlation', () => {
  it.each([
    [0.98765, '0.9877'],
    [0.99998, '0.99998'],
    [-0.999996, '-0.999996'],
    [1, '1'],
    [1 - 2 ** -52, '1'],
    [0, '0'],
  ])('of %d is %s', (correlation, text) => {
    expect(correlationText(correlation)).toBe(text);
  });
});
