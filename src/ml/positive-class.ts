import { cutValue } from '../runtime/values/cut-value.ts';
import type { Target } from './preprocessing/target.ts';
import { TrainingDataError } from './training-data-error.ts';
import type { TrainingTarget } from './training-set.ts';

/** How files write that something is so. */
const TRUE_WORDS = ['true', 'yes', '1'];

/**
 * Which of two training labels the figures of one label speak of: 0 or 1; null where there are not two. The chosen one, else
 * the one that reads true, yes or 1 if just one of them does, else the one that fewer rows of the table have, else the
 * second. All rows count, so that two splits of one table speak of the same label. Throws TrainingDataError for a choice that
 * is neither label.
 */
export function positiveClass(requested: string | null, target: Target, trained: TrainingTarget): number | null {
  if (target.task === 'REGRESSION' || trained.task === 'REGRESSION') {
    if (requested === null) return null;
    throw unknownClass(requested, 'a target of numbers has no positive class', 'leave positiveClass out');
  }
  const counts = target.labels.map((_, label) => countOf(label, target.codes));
  return positiveLabel(requested, trained.labels, (label) => counts[target.labels.indexOf(label)]!);
}

/** As positiveClass, of the labels of the training rows; `countOf`: how many rows of the table have a label. */
export function positiveLabel(
  requested: string | null,
  labels: readonly string[],
  countOfLabel: (label: string) => number,
): number | null {
  if (requested !== null) {
    const index = labels.length === 2 ? labels.indexOf(requested) : -1;
    if (index >= 0) return index;
    const known = labels.slice(0, 10).map(cutValue).join(', ');
    throw labels.length === 2
      ? unknownClass(requested, `the training rows have the labels ${known}`, 'choose one of them, or leave it out')
      : unknownClass(
          requested,
          `it is of two labels; the training rows have ${labels.length}`,
          'leave positiveClass out',
        );
  }
  if (labels.length !== 2) return null;
  const [isFirstTrue, isSecondTrue] = labels.map((label) => TRUE_WORDS.includes(label.trim().toLowerCase()));
  if (isFirstTrue !== isSecondTrue) return isFirstTrue === true ? 0 : 1;
  const [first, second] = labels.map(countOfLabel);
  // There are two labels.
  return first! < second! ? 0 : 1;
}

function countOf(label: number, codes: Int32Array): number {
  return codes.reduce((count, code) => count + (code === label ? 1 : 0), 0);
}

function unknownClass(requested: string, why: string, hint: string): TrainingDataError {
  return new TrainingDataError(
    'POSITIVE_CLASS_UNKNOWN',
    `${cutValue(requested)} cannot be the positive class: ${why}`,
    hint,
  );
}
