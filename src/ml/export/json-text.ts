import { MAX_MODEL_BYTES } from '../../runtime/format/write-model-file.ts';
import { ModelExportError } from './model-export-error.ts';

/** JSON that is written piece by piece, so that one too large to hold is refused before it is held. */
export class JsonText {
  readonly #pieces: string[] = [];
  #length = 0;

  /** @throws ModelExportError with TOO_LARGE once the pieces are longer than a model file may be */
  add(piece: string): void {
    this.#length += piece.length;
    if (this.#length > MAX_MODEL_BYTES) {
      throw new ModelExportError(
        'TOO_LARGE',
        `the model would take more than ${MAX_MODEL_BYTES / 2 ** 20} MB in this form: train a smaller one`,
      );
    }
    this.#pieces.push(piece);
  }

  /** The text in UTF-8. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(this.#pieces.join(''));
  }
}
