const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

type State = 'LINE_START' | 'INSIDE' | 'QUOTE_SEEN' | 'BEHIND' | 'PLAIN';

/**
 * Takes the quotes off lines that stand in one pair of quotes as a whole, as a spreadsheet writes a file that it took for
 * one of a single column: `"a,""b, c"",1"` becomes `a,"b, c",1`. Lines that do not begin with the quote stay as they are,
 * and delimiters after the closing quote are dropped. Chunk by chunk.
 */
export class LineUnquoter {
  readonly #quote: number;
  #state: State = 'LINE_START';

  constructor(quote: number) {
    this.#quote = quote;
  }

  /** What the next bytes become: never more of them. */
  take(bytes: Uint8Array): Buffer {
    // One more for a quote that the last chunk ended with.
    const target = Buffer.allocUnsafe(bytes.length + 1);
    let count = 0;
    for (const byte of bytes) {
      if (this.#state === 'QUOTE_SEEN') {
        this.#state = byte === this.#quote ? 'INSIDE' : this.#afterClosing(byte);
        // A line that continues here is malformed, which is detected when the lines are read.
        if (this.#state === 'PLAIN') target[count++] = this.#quote;
        if (this.#state !== 'BEHIND') target[count++] = byte;
        continue;
      }
      if (this.#state === 'LINE_START' && byte === this.#quote) {
        this.#state = 'INSIDE';
        continue;
      }
      if (this.#state === 'INSIDE') {
        if (byte === this.#quote) this.#state = 'QUOTE_SEEN';
        else target[count++] = byte;
        continue;
      }
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.#state = 'LINE_START';
      else if (this.#state === 'LINE_START') this.#state = 'PLAIN';
      if (this.#state !== 'BEHIND') target[count++] = byte;
    }
    return target.subarray(0, count);
  }

  #afterClosing(byte: number): State {
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return 'LINE_START';
    return isIgnorable(byte) ? 'BEHIND' : 'PLAIN';
  }
}

/** What may stand behind the quotes: white space, and delimiters of columns that are empty. */
function isIgnorable(byte: number): boolean {
  return byte === SPACE || ',;\t'.includes(String.fromCharCode(byte));
}

/** Lines that are checked. */
const SCANNED_LINES = 200;
/** Nearly all: the header of such a file often stands without quotes. */
const QUOTED_FRACTION = 0.9;

/**
 * Whether nearly all lines stand in one pair of quotes, quotes within them doubled, and nothing else.
 *
 * @param text the beginning of a file
 * @param isWhole whether it is the whole file
 */
export function areLinesQuoted(text: string, isWhole: boolean, quote: string): boolean {
  const lines = text.split(/\r\n|\n|\r/);
  // The last one may be cut.
  if (!isWhole) lines.pop();
  const sampledLines = lines.filter((line) => line.trim() !== '').slice(0, SCANNED_LINES);
  const mark = `\\${quote}`;
  const quotedLine = new RegExp(`^${mark}(?:[^${mark}]|${mark}${mark})*${mark}[,;\\t ]*$`);
  const count = sampledLines.filter((line) => quotedLine.test(line)).length;
  return count >= 2 && (count >= sampledLines.length * QUOTED_FRACTION || count === sampledLines.length - 1);
}
