import { MAX_CATEGORIES } from '../../runtime/model.ts';
import type { NumberFormat } from '../../runtime/values/cells.ts';
import { type ForeignColumn, UNKNOWN_CODE } from './conversion.ts';
import type { ForeignFeature } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';

/** A column of a table that an input of a model is read from. */
export type ColumnDescription =
  | { readonly name: string; readonly kind: 'NUMBER'; readonly numberFormat?: NumberFormat }
  | {
      readonly name: string;
      readonly kind: 'CATEGORY';
      /** The texts of the maker's codes 0, 1, …; null for those of the file or, where it has none, the codes as texts. */
      readonly categories: readonly string[] | null;
    };

/**
 * How an input is read whose values the maker was given as they are: numbers as numbers, and categories as codes.
 *
 * Of a category of more than MAX_CATEGORIES texts only those are kept that splits name: all others go to the same side everywhere,
 * as texts that nobody has seen do.
 *
 * @throws ForeignModelError MISMATCH if two categories are the same, or none are known; UNSUPPORTED if splits name more than
 *   MAX_CATEGORIES
 */
export function foreignColumn(feature: ForeignFeature, column: ColumnDescription): ForeignColumn {
  const { name } = column;
  if (column.kind === 'NUMBER') {
    return { feature: { ...column }, makerCodes: null, edgeOf: null };
  }
  const texts = column.categories ?? feature.categories;
  if (texts === null && feature.kind === 'NUMBER') {
    throw new ForeignModelError(
      'MISMATCH',
      `column ${name}`,
      'the model compares numbers of it: name the texts of its codes',
    );
  }
  // Codes without texts are numbers in the column; all but the named ones go to one side.
  const known = texts === null ? feature.namedCodes.map((code) => [code, String(code)] as const) : [...texts.entries()];
  if (new Set(known.map(([, text]) => text)).size < known.length) {
    throw new ForeignModelError('MISMATCH', `column ${name}`, 'the categories must be different texts');
  }
  const named = new Set(feature.namedCodes);
  const isComparedOnly = named.size === 0;
  const kept = known.length <= MAX_CATEGORIES || isComparedOnly ? known : known.filter(([code]) => named.has(code));
  if (kept.length > MAX_CATEGORIES) {
    throw new ForeignModelError(
      'UNSUPPORTED',
      `column ${name}`,
      `the model tells ${kept.length} categories apart; a model file holds at most ${MAX_CATEGORIES} of a column`,
    );
  }
  return {
    feature: { name, kind: 'CATEGORY', categories: kept.map(([, text]) => text) },
    makerCodes: [...kept.map(([code]) => code), UNKNOWN_CODE, null],
    edgeOf: null,
  };
}
