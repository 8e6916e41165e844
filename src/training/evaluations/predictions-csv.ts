import { SECOND_LABEL } from '../../ml/evaluation/classifier-output.ts';
import type { StoredPredictions } from './test-predictions-bytes.ts';

const NEEDS_QUOTES = /[",\r\n]/;

/** Spreadsheets run a cell that begins like this as a formula, whatever file it comes from. */
const FORMULA = /^[=+\-@\t\r]/;

/** Of these characters, two begin numbers too. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A text as a cell of a CSV file; one that spreadsheets would run as a formula begins with an apostrophe. */
export function toCell(text: string): string {
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The header of the file, with its line break. */
export function predictionsHeader(predictions: StoredPredictions): string {
  const columns = ['row', 'actual', 'predicted'];
  if (predictions.task === 'CLASSIFICATION') {
    columns.push('probability_of_actual');
    const { labels, positive = SECOND_LABEL, positiveProbability } = predictions;
    if (positiveProbability !== null) columns.push(toCell(`probability_of_${labels[positive] ?? ''}`));
  }
  return `${columns.join(',')}\n`;
}

/** The lines of the test rows from the first one to the one before `end`. */
export function predictionsLines(predictions: StoredPredictions, first: number, end: number): string {
  const lineOf = predictions.task === 'CLASSIFICATION' ? classLines(predictions) : numberLines(predictions);
  let lines = '';
  // Predictions of earlier versions do not know the rows' numbers.
  for (let i = first; i < end; i += 1) {
    lines += `${predictions.rows === null ? '' : predictions.rows[i]! + 1},${lineOf(i)}\n`;
  }
  return lines;
}

function classLines(predictions: Extract<StoredPredictions, { task: 'CLASSIFICATION' }>): (i: number) => string {
  const { actual, predicted, trueProbability, positiveProbability } = predictions;
  const labels = predictions.labels.map(toCell);
  return (i) => {
    const line = `${labels[actual[i]!]},${labels[predicted[i]!]},${probability(trueProbability[i]!)}`;
    return positiveProbability === null ? line : `${line},${probability(positiveProbability[i]!)}`;
  };
}

function numberLines({ actual, predicted }: Extract<StoredPredictions, { task: 'REGRESSION' }>): (i: number) => string {
  return (i) => `${actual[i]},${predicted[i]}`;
}

/** Probabilities are kept as 32-bit numbers, which have seven digits. */
function probability(value: number): string {
  return String(Number(value.toPrecision(7)));
}
