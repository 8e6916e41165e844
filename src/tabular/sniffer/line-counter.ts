/** More lines than these are not useful to a reader. */
const LINES_KEPT = 10;

/** Counts occurrences, and keeps the lines of the first few. */
export class LineCounter {
  count = 0;
  /** Ascending; at most 10. */
  readonly lines: number[] = [];

  add(line: number): void {
    this.count++;
    if (this.lines.length < LINES_KEPT && this.lines.at(-1) !== line) this.lines.push(line);
  }
}
