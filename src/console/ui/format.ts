import type { MetricName } from '../gql/graphql.ts';

const integers = new Intl.NumberFormat('en-GB');
const significant = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 4 });
const percents = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

export function count(value: number): string {
  return integers.format(value);
}

/** "1 row", "2,000 rows". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A value of the data or of a metric. */
export function decimal(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0001 || size >= 1e9)) return value.toExponential(2);
  return significant.format(value);
}

export function percent(value: number): string {
  return percents.format(value);
}

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), BYTE_UNITS.length - 1);
  return `${significant.format(value / 1000 ** power)} ${BYTE_UNITS[power]}`;
}

/** "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** The time of today, else the day. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? `today, ${times.format(date)}` : dates.format(date);
}

export function day(iso: string): string {
  return dates.format(new Date(iso));
}

/** A message of the server as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

const METRIC_TITLES: Readonly<Partial<Record<MetricName, string>>> = {
  ACCURACY: 'Accuracy',
  AVERAGE_PRECISION: 'Average precision',
  BRIER: 'Brier score',
  F1: 'F1 (macro)',
  LOG_LOSS: 'Log-loss',
  MAE: 'MAE',
  MAPE: 'MAPE',
  MSE: 'MSE',
  PRECISION: 'Precision',
  R2: 'R²',
  RECALL: 'Recall',
  RMSE: 'RMSE',
  ROC_AUC: 'ROC AUC',
  WEIGHTED_F1: 'F1 (weighted)',
  WEIGHTED_PRECISION: 'Precision (weighted)',
  WEIGHTED_RECALL: 'Recall (weighted)',
};

export function metricTitle(name: MetricName): string {
  return METRIC_TITLES[name] ?? words(name);
}

/** Always with the same digits, so that a column of them can be compared. */
export function metric(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(4) : decimal(value);
}

/** "GRADIENT_BOOSTING" as "Gradient boosting"; "minSamplesLeaf" as "Min samples leaf". */
export function words(name: string): string {
  const separate =
    name.includes('_') || name === name.toUpperCase() ? name.replaceAll('_', ' ') : name.replace(/([A-Z])/g, ' $1');
  const lower = separate.toLowerCase();
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}
