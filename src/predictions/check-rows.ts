import type { Model, ModelFeature, WordsFeature } from '../runtime/model.ts';
import { categoryCodes } from '../runtime/predict/encode-features.ts';
import { labelOf, plainText } from '../runtime/predict/rows-to-table.ts';
import { type CellReading, isMissing, missingNumbers, trimCell } from '../runtime/values/cells.ts';
import { textTerms } from '../runtime/values/text-terms.ts';
import { textParser } from '../runtime/values/text-value.ts';

/** Characters of a value that a message repeats. */
const SHOWN_CHARACTERS = 40;

/** A row of an application, as JSON. */
export type JsonRow = Readonly<Record<string, unknown>>;

/** Why a row cannot be predicted: a value that is absent, or of the wrong type. */
export interface RowFault {
  /** Number of the row, from 0. */
  readonly row: number;
  readonly column: string;
  readonly message: string;
  readonly hint: string;
}

export const PREDICTION_WARNING_CODES = [
  'MISSING_VALUE',
  'UNSEEN_VALUE',
  'UNKNOWN_COLUMN',
  'UNREADABLE_VALUE',
  'TRAINING_ROWS',
  'TRAINING_ROWS_UNKNOWN',
  'SAMPLED_ROWS',
] as const;

/** What was done with a value that the model has learnt nothing about. */
export interface PredictionWarning {
  readonly column: string;
  readonly code: (typeof PREDICTION_WARNING_CODES)[number];
  readonly message: string;
}

export interface CheckedRow {
  readonly faults: readonly RowFault[];
  readonly warnings: readonly PredictionWarning[];
}

/** What is remarkable about a value: it cannot be taken, or the model has learnt nothing about it. */
type Remark = { readonly wrong: string; readonly hint: string } | Pick<PredictionWarning, 'code' | 'message'>;

/** Remarks on the value of one feature; null for one as in training. */
type ValueChecker = (value: unknown) => Remark | null;

const MISSING: Remark = { code: 'MISSING_VALUE', message: 'The value is missing; the model treats it as such.' };

/**
 * Checks rows before a model predicts them: every feature must be there, if only as null, and be of a type that can be read.
 * Missing and unseen values and columns that the model does not read are no errors, but are reported.
 */
export function createRowChecker(model: Model): (row: JsonRow, index: number) => CheckedRow {
  const checkers = new Map(model.features.map((feature) => [feature.name, checkerOf(feature, model.reading)]));
  return (row, index) => {
    const faults: RowFault[] = [];
    const warnings: PredictionWarning[] = [];
    for (const [column, check] of checkers) {
      const remark = Object.hasOwn(row, column) ? check(row[column]) : ABSENT;
      if (remark === null) continue;
      if ('code' in remark) warnings.push({ column, ...remark });
      else faults.push({ row: index, column, message: `The value ${remark.wrong}.`, hint: remark.hint });
    }
    for (const column of Object.keys(row)) {
      if (checkers.has(column)) continue;
      warnings.push({ column, code: 'UNKNOWN_COLUMN', message: unknownColumn(column, model) });
    }
    return { faults, warnings };
  };
}

const ABSENT: Remark = {
  wrong: 'is absent',
  hint: 'Add it; null stands for a missing value. Artifact.inputs lists what the model reads.',
};

function unknownColumn(column: string, { target }: Model): string {
  return column === target
    ? 'This is the target: the model predicts it and does not read it.'
    : 'The model does not read this column.';
}

function checkerOf(feature: ModelFeature, reading: CellReading): ValueChecker {
  if (feature.kind === 'CATEGORY') {
    const codeOf = categoryCodes(feature, reading);
    return (value) => {
      if (isNested(value)) return NESTED;
      const label = labelOf(value, feature.categories, reading);
      if (label === null) return MISSING;
      const code = codeOf(label);
      if (code < feature.categories.length) return null;
      return code > feature.categories.length ? MISSING : unseen(label);
    };
  }
  if (feature.kind === 'TEXT') return textChecker(feature, reading);
  const parse = textParser(feature, reading);
  const missing = feature.kind === 'NUMBER' ? missingNumbers(reading.missingTokens, feature.numberFormat) : [];
  const wanted = feature.kind === 'NUMBER' ? 'a number' : 'a date';
  return (value) => {
    if (isNested(value)) return NESTED;
    if (value === null) return MISSING;
    if (typeof value === 'boolean') return feature.kind === 'NUMBER' ? null : notReadable(String(value), wanted);
    if (typeof value === 'number') return missing.includes(value) ? MISSING : null;
    const text = trimCell(typeof value === 'string' ? value : '');
    if (isMissing(text, reading)) return MISSING;
    const number = parse(text);
    if (Number.isNaN(number)) return notReadable(text, wanted);
    return missing.includes(number) ? MISSING : null;
  };
}

/** A text of which the model knows some word, or two neighbouring ones. */
function textChecker(feature: WordsFeature, reading: CellReading): ValueChecker {
  const terms = new Set(feature.terms);
  return (value) => {
    if (isNested(value)) return NESTED;
    const text = plainText(value);
    if (text === null || isMissing(trimCell(text), reading)) return MISSING;
    if (![...textTerms(text)].some((term) => terms.has(term))) {
      return {
        code: 'UNSEEN_VALUE',
        message: `The model knows no word of "${shorten(text)}"; the text counts as an average one.`,
      };
    }
    return null;
  };
}

const NESTED: Remark = { wrong: 'is a list or an object', hint: 'Send a number, a text, true, false or null.' };

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function notReadable(text: string, wanted: string): Remark {
  return {
    wrong: `"${shorten(text)}" cannot be read as ${wanted}`,
    hint: `Send ${wanted} as in the training data, or null for a missing value.`,
  };
}

function unseen(label: string): Remark {
  return {
    code: 'UNSEEN_VALUE',
    message: `"${shorten(label)}" was not among the training rows, or too rarely to learn from; it counts as any other rare value.`,
  };
}

function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
