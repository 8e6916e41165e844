/** Excel's own first line, which names the delimiter and is no record. */
export interface ExcelDelimiterLine {
  readonly delimiter: string;
  /** Its characters, line end included. */
  readonly length: number;
}

/**
 * Quotes around it, and delimiters after it, come from programs that took it for a record. Any mark may be named but the
 * quote; "\t" is how some write the tab.
 */
const LINE = /^(")?sep=(\\t|[\t !#-*,/:-@[-`{-~])(?:\2)*\1[ \t,;|]*(?:\r\n|\n|\r)/i;

/** Longer than the line ever is. */
const LONGEST = 400;

/** The line "sep=;" at the start of the text; null if there is none. */
export function excelDelimiterLine(text: string): ExcelDelimiterLine | null {
  const match = LINE.exec(text.slice(0, LONGEST));
  if (match?.[2] === undefined) return null;
  return { delimiter: match[2] === '\\t' ? '\t' : match[2], length: match[0].length };
}
