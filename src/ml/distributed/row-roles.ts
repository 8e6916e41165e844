/** What becomes of a row of the table. */
export const ROW_ROLE = {
  /** Its target is missing, or its weight is 0. */
  NONE: 0,
  TRAIN: 1,
  /** A training row that trees are not fitted to: it says when to stop. */
  VALIDATION: 2,
  TEST: 3,
} as const;

/** Keeps the roles of all rows, a batch of the table at a time and one byte for each row: outside of memory, for a large table. */
export interface RowRoles {
  write(batch: number, roles: Uint8Array): void;
  /** As written last; the array is the caller's. */
  read(batch: number): Uint8Array<ArrayBuffer>;
}

/** Roles in memory, for small tables. */
export class RowRolesInMemory implements RowRoles {
  readonly #batches: Uint8Array<ArrayBuffer>[] = [];

  write(batch: number, roles: Uint8Array): void {
    this.#batches[batch] = Uint8Array.from(roles);
  }

  read(batch: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#batches[batch] ?? []);
  }
}

/** Whether a row is one of those that models are fitted to, validation rows included. */
export function isTraining(role: number): boolean {
  return role === ROW_ROLE.TRAIN || role === ROW_ROLE.VALIDATION;
}

/** The places in a batch of its training rows, ascending. */
export function trainingRows(roles: Uint8Array): Int32Array {
  const rows = new Int32Array(roles.length);
  let count = 0;
  for (let row = 0; row < roles.length; row++) if (isTraining(roles[row]!)) rows[count++] = row;
  return rows.subarray(0, count);
}
