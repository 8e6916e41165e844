import { closeSync, openSync } from 'node:fs';
import type { RowRoles } from '../../../ml/distributed/row-roles.ts';
import { readAt, writeAt } from '../../../tabular/types/stored-rows.ts';

/** Roles of rows in a temporary file: a byte for each row on the disk, none in memory. Closed with its thread at the latest. */
export class RowRolesFile implements RowRoles, Disposable {
  readonly #descriptor: number;
  readonly #batches: readonly { readonly at: number; readonly rows: number }[];

  /** `batches`: how many rows each has. */
  constructor(path: string, batches: readonly number[]) {
    this.#descriptor = openSync(path, 'wx+', 0o600);
    let end = 0;
    this.#batches = batches.map((rows) => {
      end += rows;
      return { at: end - rows, rows };
    });
  }

  write(batch: number, roles: Uint8Array): void {
    writeAt(this.#descriptor, roles, this.#batch(batch).at);
  }

  read(batch: number): Uint8Array<ArrayBuffer> {
    const { at, rows } = this.#batch(batch);
    const roles = new Uint8Array(rows);
    readAt(this.#descriptor, roles, at);
    return roles;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #batch(batch: number): { readonly at: number; readonly rows: number } {
    const found = this.#batches[batch];
    if (found === undefined) throw new RangeError(`there is no batch ${batch}`);
    return found;
  }
}
