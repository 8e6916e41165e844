import { isMissing, parseDateTime, parseNumber, trimCell } from './cells.ts';
import type { DateFeature, NumberFeature } from './model.ts';

/**
 * The number that a text stands for, or the moment, for features that arrive as texts: read as the cells of the training
 * file were. NaN for a text that is none, or one of the user's own tokens for "no value".
 */
export function textParser(
  feature: NumberFeature | DateFeature,
  missingTokens: readonly string[],
): (text: string) => number {
  const parse =
    feature.kind === 'NUMBER'
      ? (text: string) => parseNumber(text, feature.numberFormat)
      : (text: string) => parseDateTime(text, feature.dateOrder ?? null);
  return (text) => {
    const trimmed = trimCell(text);
    return isMissing(trimmed, missingTokens) ? Number.NaN : parse(trimmed);
  };
}
