import type { CellFault, CsvSink } from '../scan/csv-scanner.ts';

/** One record as it stands in the file. Cells hold one character for each byte (latin1), to be decoded later. */
export interface SampleRecord {
  /** The line at which the record begins; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Keeps the first records of a scan. */
export class RecordSample implements CsvSink {
  readonly records: SampleRecord[] = [];
  faults = 0;
  #cells: string[] = [];
  #bytes = 0;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #maxColumns: number;

  /**
   * @param maxBytes stop after the record that brings the text beyond this
   * @param maxColumns cells after this one are left out
   */
  constructor(maxRecords: number, maxBytes: number, maxColumns: number) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#maxColumns = maxColumns;
  }

  cell(column: number, bytes: Buffer, start: number, end: number): void {
    if (column >= this.#maxColumns) return;
    this.#cells.push(bytes.toString('latin1', start, end));
    this.#bytes += end - start;
  }

  recordEnd(_cellCount: number, line: number): boolean {
    this.records.push({ line, cells: this.#cells });
    this.#cells = [];
    return this.records.length < this.#maxRecords && this.#bytes < this.#maxBytes;
  }

  fault(_fault: CellFault): void {
    this.faults++;
  }
}
