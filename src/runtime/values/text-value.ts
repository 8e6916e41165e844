import type { DateFeature, DaysFeature, NumberFeature } from '../model.ts';
import { type CellReading, isMissing, parseDateTime, parseNumber, trimCell } from './cells.ts';
import { numberFromText } from './number-text.ts';
import { parseTimestamp } from './timestamp-text.ts';

/**
 * The number that a text stands for, or the timestamp, for features that arrive as texts: read as the cells of the training
 * file were. NaN for a text that is none, or stands for "no value".
 */
export function textParser(
  feature: NumberFeature | DateFeature | DaysFeature,
  reading: CellReading,
): (text: string) => number {
  const parse = parserOf(feature, reading);
  return (text) => {
    const trimmed = trimCell(text);
    return isMissing(trimmed, reading) ? Number.NaN : parse(trimmed);
  };
}

function parserOf(
  feature: NumberFeature | DateFeature | DaysFeature,
  { version }: CellReading,
): (text: string) => number {
  if (feature.kind === 'NUMBER') {
    const numberOf = version === 1 ? parseNumber : numberFromText;
    return (text) => numberOf(text, feature.numberFormat);
  }
  const order = feature.dateOrder ?? null;
  return version === 1 ? (text) => parseDateTime(text, order) : (text) => parseTimestamp(text, order, version);
}
