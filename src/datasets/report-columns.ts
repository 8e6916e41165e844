import type { DatasetColumnRow, NewColumn } from './dataset.store.ts';
import type { ColumnsRequest } from './dataset-parts.store.ts';
import { columnsAt, namesOf, type PackedColumns } from './packed-columns.ts';

/** A request for columns of a report. */
export type ReportPage = Omit<ColumnsRequest, 'datasetId'>;

/** The columns of a report, read page by page. */
export interface ReportColumns {
  page(page: ReportPage): Promise<readonly NewColumn[]>;
}

/** The columns of a file that has just been read. */
export class ReadColumns implements ReportColumns {
  readonly packed: PackedColumns;
  #ordinals: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(packed: PackedColumns) {
    this.packed = packed;
  }

  async page({ names, offset, limit }: ReportPage): Promise<readonly NewColumn[]> {
    if (names !== null) {
      return await columnsAt(this.packed, (await this.#ordinalsOf(names)).slice(offset, offset + limit));
    }
    const length = Math.max(0, Math.min(limit, this.packed.count - offset));
    const ordinals = Array.from({ length }, (_, index) => offset + index);
    return await columnsAt(this.packed, ordinals);
  }

  async #ordinalsOf(names: readonly string[]): Promise<readonly number[]> {
    // Once for all requests on the report.
    this.#ordinals ??= namesOf(this.packed).then((all) => new Map(all.map((name, ordinal) => [name, ordinal])));
    const known = await this.#ordinals;
    const ordinals = [...new Set(names)].flatMap((name) => known.get(name) ?? []);
    return ordinals.sort((left, right) => left - right);
  }
}

/** The columns of a dataset that is stored already. */
export class StoredColumns implements ReportColumns {
  readonly #read: (page: ReportPage) => Promise<readonly DatasetColumnRow[]>;

  constructor(read: (page: ReportPage) => Promise<readonly DatasetColumnRow[]>) {
    this.#read = read;
  }

  page(page: ReportPage): Promise<readonly NewColumn[]> {
    return this.#read(page);
  }
}

/** For a file that could not be read. */
export const NO_COLUMNS: ReportColumns = { page: async () => [] };
