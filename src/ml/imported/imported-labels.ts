import { cutValue } from '../../runtime/values/cut-value.ts';
import type { Column } from '../../tabular/types/column.ts';
import type { ForeignModel } from '../foreign/foreign-model.ts';
import { readTarget } from '../preprocessing/target.ts';
import type { Task } from '../task.ts';
import { TrainingDataError } from '../training-data-error.ts';
import { ImportInputError } from './import-input-error.ts';
import { type ImportIssue, importIssue } from './import-issue.ts';

/** What is known of the labels of a model. */
export interface KnownLabels {
  readonly task: Task;
  readonly labels: readonly string[] | null;
  /** The column of the dataset; null without one. */
  readonly target: Column | null;
}

/**
 * The labels of a model's classes 0, 1, …; null for regression. Those that were named, or else the values of the target in their
 * order, or else the numbers of the classes. Throws ImportInputError where they are not as many as the classes.
 */
export function classLabels(
  { link, marginCount }: Pick<ForeignModel, 'link' | 'marginCount'>,
  { task, labels, target }: KnownLabels,
  issues: ImportIssue[],
): readonly string[] | null {
  const ofTarget = target === null ? null : labelsOf(target, task);
  if (task === 'REGRESSION') {
    if (labels === null) return null;
    throw new ImportInputError('labels', 'REGRESSION has no labels.', 'Leave `labels` out.');
  }
  const classes = link === 'LOGIT' ? 2 : marginCount;
  if (labels !== null) return requireLabels(labels, classes, ofTarget);
  if (ofTarget === null) {
    const numbers = Array.from({ length: classes }, (_, k) => String(k));
    issues.push(byOrder(`The labels are the numbers of the classes, ${listed(numbers)}.`));
    return numbers;
  }
  if (ofTarget.length !== classes) {
    throw new ImportInputError(
      'labels',
      `The model has ${classes} classes, and the target has ${ofTarget.length} different values in the dataset.`,
      'Give the labels of the classes 0, 1, … in `labels`.',
    );
  }
  issues.push(byOrder(`The classes 0, 1, … are the values of the target in their order: ${listed(ofTarget)}.`));
  return ofTarget;
}

function labelsOf(target: Column, task: Task): readonly string[] | null {
  try {
    const read = readTarget(target, task);
    return read.task === 'CLASSIFICATION' ? read.labels : null;
  } catch (error) {
    if (!(error instanceof TrainingDataError)) throw error;
    throw new ImportInputError('target', `${error.message}.`, error.hint);
  }
}

function requireLabels(
  labels: readonly string[],
  classes: number,
  ofTarget: readonly string[] | null,
): readonly string[] {
  if (labels.length !== classes) {
    throw new ImportInputError(
      'labels',
      `The model has ${classes} classes; \`labels\` has ${labels.length}.`,
      'Give one label for each class, that of class 0 first.',
    );
  }
  const twice = labels.find((label, index) => labels.indexOf(label) < index);
  if (twice !== undefined) {
    throw new ImportInputError('labels', `The label "${cutValue(twice)}" is given twice.`, 'Give each class its own.');
  }
  if (ofTarget === null || labels.some((label) => ofTarget.includes(label))) return labels;
  throw new ImportInputError(
    'labels',
    `The target has none of the labels in the dataset; it has ${listed(ofTarget)}.`,
    'Give the labels as the dataset writes them: those of numbers as 0, 1, 2.5.',
  );
}

function byOrder(message: string): ImportIssue {
  const hint = 'Give `labels`, in the order of the classes, if that is not so.';
  return importIssue('MODEL_LABELS_BY_ORDER', message, { hint });
}

/** The first ten. */
function listed(labels: readonly string[]): string {
  return labels.slice(0, 10).map(cutValue).join(', ') + (labels.length > 10 ? ', …' : '');
}
