/** Why a model file that was made elsewhere is refused; docs/importing-models.md says when. */
export const FOREIGN_MODEL_ERROR_CODES = [
  /** Not a file of the format, or one that ends too early. */
  'MALFORMED',
  /** A file of the format whose content contradicts itself: a cycle in a tree, a feature that does not exist. */
  'INVALID',
  /** A model that is valid, and that a model file cannot carry exactly. */
  'UNSUPPORTED',
  'TOO_LARGE',
  /** The columns, labels or the task that were named do not fit the model. */
  'MISMATCH',
] as const;

export type ForeignModelErrorCode = (typeof FOREIGN_MODEL_ERROR_CODES)[number];

/** A model file that was made elsewhere cannot be used; the message is for the user, and begins with `where`. */
export class ForeignModelError extends Error {
  override readonly name = 'ForeignModelError';
  readonly code: ForeignModelErrorCode;
  /** A path in the file such as `trees[3].left_children[2]`, a byte, or a line. */
  readonly where: string;

  constructor(code: ForeignModelErrorCode, where: string, message: string) {
    super(`${where}: ${message}`);
    this.code = code;
    this.where = where;
  }
}
