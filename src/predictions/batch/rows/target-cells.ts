import type { CategoryFeature, Model, NumberFeature } from '../../../runtime/model.ts';
import type { NumberFormat } from '../../../runtime/values/cells.ts';
import { type CellText, CodeCellReader, NumberCellReader } from './cell-readers.ts';

/** The actual targets of some rows, where the file has them. */
export interface TargetRows {
  /** Of a class the number of its label, or from the number of labels on that of an unknown one; of a number that. NaN: missing. */
  readonly actual: Float64Array;
}

/** Reads the cells of the target. */
export class TargetCells implements TargetRows {
  readonly actual: Float64Array;
  /** Labels that the model does not know. */
  readonly #unknown: string[] = [];
  readonly #numberOfUnknown = new Map<string, number>();
  readonly #text: CellText;
  readonly #codes: CodeCellReader | null;
  readonly #numbers: NumberCellReader;
  readonly #known: number;

  /** `format`: how the file writes the numbers of the target; null where it writes them plainly. */
  constructor(model: Model, format: NumberFormat | null, capacity: number, text: CellText) {
    const { labels, reading, target: name } = model;
    this.actual = new Float64Array(capacity);
    this.#text = text;
    this.#known = labels?.length ?? 0;
    const asClass: CategoryFeature = { kind: 'CATEGORY', name, categories: labels ?? [] };
    const asNumber: NumberFeature = { kind: 'NUMBER', name, ...(format === null ? {} : { numberFormat: format }) };
    this.#codes = labels === null ? null : new CodeCellReader(asClass, reading, text);
    this.#numbers = new NumberCellReader(asNumber, reading, text);
  }

  read(row: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#codes === null) this.actual[row] = this.#numbers.read(bytes, start, end);
    else this.#put(row, this.#codes.read(bytes, start, end), () => this.#text(bytes, start, end));
  }

  readText(row: number, text: string): void {
    if (this.#codes === null) this.actual[row] = this.#numbers.readText(text);
    else this.#put(row, this.#codes.readText(text), () => text);
  }

  /** The unknown labels since the last call, in the order of their numbers. */
  takeUnknown(): readonly string[] {
    const taken = [...this.#unknown];
    this.#unknown.length = 0;
    this.#numberOfUnknown.clear();
    return taken;
  }

  #put(row: number, code: number, text: () => string): void {
    this.actual[row] = code < 0 ? Number.NaN : code < this.#known ? code : this.#known + this.#unknownNumber(text());
  }

  #unknownNumber(label: string): number {
    const known = this.#numberOfUnknown.get(label);
    if (known !== undefined) return known;
    this.#numberOfUnknown.set(label, this.#unknown.length);
    return this.#unknown.push(label) - 1;
  }
}
