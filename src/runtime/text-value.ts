import { parseDateTime, parseNumber, trimCell } from './cells.ts';

/**
 * The number that a text stands for, for the features of a model that are numbers and arrive as texts. NaN for a text that
 * is none. Dates are read where their order of day and month is beyond doubt.
 */
export function textParser(kind: 'NUMBER' | 'DATETIME'): (text: string) => number {
  return kind === 'NUMBER' ? (text) => parseNumber(trimCell(text)) : (text) => parseDateTime(trimCell(text), null);
}
