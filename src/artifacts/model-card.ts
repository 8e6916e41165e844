import type { DatasetColumnRow, DatasetRow } from '../datasets/dataset.store.ts';
import type { Evaluation } from '../ml/evaluation/evaluation.ts';
import { METRIC_FIELDS, metricValue } from '../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER, type MetricName, PRIMARY_METRIC } from '../ml/evaluation/metrics.ts';
import { NO_DATASET } from '../training/imports/imported-model.ts';
import { toImportance } from '../training/runs/stored-importances.ts';
import type { TrainingRunRow } from '../training/runs/training-run.store.ts';
import type { ArtifactRow } from './artifact.store.ts';
import { evaluatedRows, importAgain, originRows } from './imported-card.ts';
import { codeBlock, list, plainText, table } from './markdown.ts';
import { repetitionOf } from './reproduction-inputs.ts';

/** The data of a card: a successful run, and what belongs to it. */
export interface ModelCardFacts {
  /** With at least as many features and importances as the card lists, or all. */
  readonly run: CardRun;
  /** Null once it is deleted. */
  readonly dataset: DatasetRow | null;
  /** Of the features, of the target and of the weights. */
  readonly columns: readonly DatasetColumnRow[];
  /** Null for runs of versions that kept none. */
  readonly evaluation: Evaluation | null;
  readonly trainedBy: string | null;
  /** Null once it is deleted. */
  readonly artifact: ArtifactRow | null;
}

/** A run with parts that may be the first of many. */
export interface CardRun extends TrainingRunRow {
  readonly features: NonNullable<TrainingRunRow['features']>;
  readonly featureImportances: NonNullable<TrainingRunRow['featureImportances']>;
}

/** More than a page of these helps nobody; the API gives the others. */
export const LISTED_FEATURES = 200;
const LISTED_LABELS = 20;
export const LISTED_IMPORTANCES = 20;

const REFITTED =
  'The model was fitted twice. The first one has seen no test row, preprocessing included; metrics and all else that is told of test rows are of it. The delivered model was then fitted again, by the same settings, to the training and test rows together: test rows tell nothing about it.';

const AGAIN =
  'The same file, read by the same options, with the same request gives the same model, byte for byte, by the same version of Trainyard.';

const AGAIN_ON_HOSTS =
  'The same file, read by the same options, with the same request gives a model of the same quality. It is not the same byte for byte over different numbers of hosts, or after an interruption: sums of floats depend on their order.';

/** What a model is, what it was made from, how good it is, and how to make the very same again: Markdown for people. */
export function modelCard(facts: ModelCardFacts): string {
  const { run } = facts;
  const ofDataset = hasDataset(run) ? ` of ${plainText(run.datasetName)}, version ${run.datasetVersion}` : '';
  const title = `# ${run.algorithm} for ${plainText(run.target)}${ofDataset}`;
  const rows = run.imported === null ? split(run) : evaluatedRows(run);
  const sections = [title, summary(facts), data(facts), rows, features(facts), parameters(run), metrics(run)];
  const again = run.imported === null ? reproduction(facts) : importAgain(run, hasAllFeatures(run));
  const rest = [...evaluationOf(facts.evaluation), importances(run), warnings(run, facts.dataset), again];
  return `${[...sections, ...rest].filter((section) => section !== '').join('\n\n')}\n`;
}

function summary({ run, artifact, trainedBy }: ModelCardFacts): string {
  const ended = run.endReason === 'COMPLETED' ? '' : `, ended by ${run.endReason}`;
  return table(
    ['', ''],
    [
      ['task', run.task],
      ['run', run.id],
      ['finished', `${run.finishedAt?.toISOString() ?? ''}${ended}`],
      ...(run.imported === null ? [] : originRows(run.imported)),
      ...(trainedBy === null && run.imported !== null
        ? []
        : [
            [
              run.imported === null ? 'trained by' : 'evaluated by',
              trainedBy === null ? 'not known' : plainText(trainedBy),
            ],
          ]),
      ...(run.engine === 'LOCAL' ? [] : [['engine', `${run.engine}, ${run.hosts ?? 'several'} hosts`]]),
      ['model', artifact === null ? 'deleted' : `${artifact.format}, ${artifact.sizeBytes} bytes`],
      ...(artifact === null ? [] : [['SHA-256 of the model', artifact.sha256]]),
    ],
  );
}

function data({ run, dataset }: ModelCardFacts): string {
  const heading = `## Data\n\n`;
  if (!hasDataset(run)) {
    return `${heading}The model reads numbers and texts by the names of its columns; it was imported without a dataset.`;
  }
  if (dataset === null) return `${heading}The dataset ${run.datasetId} has been deleted.`;
  const { dialect } = dataset;
  return (
    heading +
    table(
      ['', ''],
      [
        ['dataset', `${plainText(dataset.name)}, version ${dataset.version}`],
        ['file', `${plainText(dataset.filename)}, ${dataset.sizeBytes} bytes`],
        ['SHA-256 of the file', dataset.sha256],
        ['size', `${dataset.rowCount} rows, ${dataset.columnCount} columns`],
        ['delimiter', code(dialect.delimiter)],
        ['quote', dialect.quote === null ? 'none' : code(dialect.quote)],
        ...(dialect.escape ? [['escape character', code(dialect.escape)] as const] : []),
        ['decimal mark', code(dialect.decimal)],
        ['encoding', plainText(dialect.encoding) + (dialect.hasBom ? ' with a byte order mark' : '')],
        ['header', dialect.hasHeader ? 'yes' : 'no'],
        [
          'texts for "missing"',
          [...(dataset.keepDefaultMissingTokens ? ['the usual ones'] : []), ...dataset.missingTokens.map(code)].join(
            ', ',
          ),
        ],
      ],
    )
  );
}

function split({
  split: { strategy, testFraction, column, seed },
  trainRows,
  testRows,
  refitted,
}: TrainingRunRow): string {
  const rows = [
    ['strategy', strategy],
    ['test fraction', String(testFraction)],
    ...(column === null ? [] : [['column', plainText(column)]]),
    ['seed', String(seed)],
    ['training rows', String(trainRows)],
    ['test rows', String(testRows)],
  ];
  const about = refitted === true ? REFITTED : 'No step of fitting has seen a test row, preprocessing included.';
  return `## Split\n\n${about}\n\n${table(['', ''], rows)}`;
}

function features({ run, columns }: ModelCardFacts): string {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const rows = run.features.slice(0, LISTED_FEATURES).map((name) => {
    const column = byName.get(name);
    return [plainText(name), column?.kind ?? '', column === undefined ? '' : String(column.missing)];
  });
  const others = run.featureCount - rows.length;
  const more = others > 0 ? `\n\nand ${others} more.` : '';
  return `## Features\n\n${run.featureCount} columns.\n\n${table(['column', 'kind', 'missing'], rows)}${more}`;
}

function parameters({ parameters: given, weightColumn, monotone }: TrainingRunRow): string {
  const rows = Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  if (weightColumn !== null) rows.push(['rows count in fitting by', plainText(weightColumn)]);
  for (const { column, direction } of monotone) {
    rows.push([`as ${plainText(column)} rises`, `predictions never ${direction === 'INCREASING' ? 'fall' : 'rise'}`]);
  }
  return rows.length === 0 ? '' : `## Parameters\n\n${table(['parameter', 'value'], rows)}`;
}

function metrics({ metrics: own, baseline }: TrainingRunRow): string {
  if (own === null || baseline === null) return '';
  const reasons = new Map(own.undefinedMetrics.map(({ name, reason }) => [name, reason]));
  const cell = (name: MetricName, value: number | null) =>
    value === null ? `not defined: ${plainText(reasons.get(name) ?? 'no figure was kept')}` : formatNumber(value);
  const rows = METRIC_FIELDS.filter(({ task }) => task === own.task).map(({ name }) => [
    name === PRIMARY_METRIC[own.task] ? `**${name}**` : name,
    cell(name, metricValue(own, name)) + (name === PRIMARY_METRIC[own.task] ? interval(own.interval) : ''),
    metricValue(baseline, name) === null ? '' : formatNumber(metricValue(baseline, name) ?? 0),
    HIGHER_IS_BETTER[name] ? 'higher' : 'lower',
  ]);
  const about = `On ${own.nSamples} test rows; the baseline knows nothing but the target's frequencies or mean.`;
  return `## Metrics\n\n${about}\n\n${table(['metric', 'model', 'baseline', 'better is'], rows)}`;
}

function interval(found: { readonly low: number; readonly high: number } | null | undefined): string {
  return found ? ` (95 %: ${formatNumber(found.low)} to ${formatNumber(found.high)})` : '';
}

function evaluationOf(evaluation: Evaluation | null): string[] {
  if (evaluation?.task !== 'CLASSIFICATION') return [];
  const { confusionMatrix, perClass, positiveClass } = evaluation;
  if (confusionMatrix === null || perClass === null) return [];
  const { labels, counts } = confusionMatrix;
  const matrix = table(
    ['actual \\ predicted', ...labels.map(plainText)],
    counts.map((row, actual) => [plainText(labels[actual] ?? ''), ...row.map(String)]),
  );
  const classes = table(
    ['class', 'precision', 'recall', 'F1', 'test rows'],
    perClass.map(({ label, precision, recall, f1, support }) => [
      plainText(label),
      ...[precision, recall, f1].map(formatNumber),
      String(support),
    ]),
  );
  const about =
    positiveClass === null
      ? ''
      : `The positive class, of which average precision and the curves speak, is ${plainText(positiveClass)}.\n\n`;
  if (labels.length > LISTED_LABELS) return [`## Classes\n\n${labels.length} classes: the API has their figures.`];
  return [`## Confusion matrix\n\n${matrix}`, `## Classes\n\n${about}${classes}`];
}

function importances({ featureImportances, metrics }: CardRun): string {
  if (featureImportances.length === 0) return '';
  const rows = featureImportances
    .slice(0, LISTED_IMPORTANCES)
    .map(toImportance)
    .map(({ feature, method, importance, stddev, gain, isNoise }) => [
      plainText(feature),
      method === 'PERMUTATION'
        ? `${formatNumber(importance)} ± ${formatNumber(stddev ?? 0)}${isNoise ? ' (noise)' : ''}`
        : '',
      formatNumber(gain),
    ]);
  const { rows: sample = null } = featureImportances.map(toImportance)[0] ?? {};
  const about =
    sample === null
      ? 'By permutation: what of the primary metric is lost when the column is shuffled among test rows.'
      : `By permutation: the ${metrics?.task === 'REGRESSION' ? 'R2 that is lost' : 'log-loss that is added'}, ± its standard error, when the column is shuffled among ${sample} test rows.`;
  return `## Importances\n\n${about}\n\n${table(['column', 'by permutation', 'share of gain'], rows)}`;
}

function warnings(run: CardRun, dataset: DatasetRow | null): string {
  const ofData = (dataset?.issues ?? []).filter(({ severity }) => severity === 'WARNING');
  const used = new Set([...run.features, run.target]);
  // Of a run with thousands of features, of which not all are known here, no warning is left out.
  const isOfRun = (column: string | null) => !hasAllFeatures(run) || column === null || used.has(column);
  const texts = [...run.warnings, ...ofData.filter(({ column }) => isOfRun(column)).map(({ message }) => message)];
  return `## Warnings\n\n${texts.length === 0 ? 'None.' : list(texts.map(plainText))}`;
}

function reproduction(facts: ModelCardFacts): string {
  const { run, dataset } = facts;
  const heading = '## To train it again';
  const early =
    run.endReason === 'STOPPED' || run.endReason === 'TIME_BUDGET'
      ? ' This training was ended early: only one that is ended after the same step gives the same model.'
      : '';
  const about = run.engine === 'DISTRIBUTED' ? AGAIN_ON_HOSTS : AGAIN;
  const isWhole = hasAllFeatures(run);
  const { upload, training } = repetitionOf(run, dataset, isWhole ? facts.columns : null);
  const lists =
    'The lists `csv.columnKinds` and `features` are too long for a card: give the kinds of `dataset { columns { name kind } }` and the features of `trainingRun { features(limit: …) }`.';
  const blocks = [
    ...(upload === null ? [] : ['Input of `uploadDataset`:', codeBlock('json', JSON.stringify(upload, null, 2))]),
    'Input of `startTraining`:',
    codeBlock('json', JSON.stringify(training, null, 2)),
  ];
  return [heading, about + early, ...(isWhole ? [] : [lists]), ...blocks].join('\n\n');
}

function hasDataset({ datasetId }: CardRun): boolean {
  return datasetId !== NO_DATASET.id;
}

function hasAllFeatures({ features: known, featureCount }: CardRun): boolean {
  return known.length === featureCount;
}

/** With as many digits as tell something; what is not quite 1 does not become it. */
function formatNumber(value: number): string {
  const short = Number(value.toPrecision(5));
  return String(Number.isInteger(short) ? value : short);
}

/** A sign or token as it is written in a program. */
function code(text: string): string {
  return plainText(JSON.stringify(text));
}
