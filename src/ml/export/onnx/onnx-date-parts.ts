import { MILLISECONDS_PER_DAY } from '../../../runtime/values/civil-calendar.ts';
import { type DatePart, EARLIEST, END } from '../../../runtime/values/date-parts.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/** Adds what reads a part of dates in milliseconds since 1970: as runtime/values/date-parts.ts, operator by operator. */
export function onnxDatePart(graph: OnnxGraph, part: DatePart, input: string): string {
  const isDate = graph.add('And', [
    graph.add('GreaterOrEqual', [input, graph.scalar(EARLIEST)]),
    graph.add('Less', [input, graph.scalar(END)]),
  ]);
  const timestamp = graph.add('Where', [isDate, input, graph.scalar(Number.NaN)]);
  if (part === 'ORDINAL') return timestamp;
  const calendar = new OnnxCalendar(graph, timestamp);
  switch (part) {
    case 'YEAR':
      return calendar.year();
    case 'MONTH':
      return calendar.month();
    case 'WEEKDAY':
      return calendar.weekday();
    case 'HOUR':
      return calendar.hour();
    case 'DAY_OF_YEAR':
      return calendar.dayOfYear();
    case 'DAY_OF_MONTH':
      return calendar.dayOfMonth();
  }
}

/** runtime/values/civil-calendar.ts in doubles, in which all its whole numbers are exact. */
class OnnxCalendar {
  readonly #graph: OnnxGraph;
  readonly #timestamp: string;
  readonly #days: string;

  constructor(graph: OnnxGraph, timestamp: string) {
    this.#graph = graph;
    this.#timestamp = timestamp;
    this.#days = this.#floorDivide(timestamp, MILLISECONDS_PER_DAY);
  }

  hour(): string {
    const ofDay = this.#subtract(this.#timestamp, this.#times(this.#days, MILLISECONDS_PER_DAY));
    return this.#floorDivide(ofDay, 3_600_000);
  }

  weekday(): string {
    const fromMonday = this.#plus(this.#days, 3);
    return this.#plus(this.#subtract(fromMonday, this.#times(this.#floorDivide(fromMonday, 7), 7)), 1);
  }

  year(): string {
    const { era, yearOfEra, month } = this.#fromMarch();
    const years = this.#graph.add('Add', [this.#times(era, 400), yearOfEra]);
    return this.#graph.add('Add', [years, this.#floorDivide(month, 10)]);
  }

  month(): string {
    const { month } = this.#fromMarch();
    // March is the month 0: from the tenth on, they are of the next year.
    return this.#subtract(this.#plus(month, 3), this.#times(this.#floorDivide(month, 10), 12));
  }

  /** March 1 is the first of 306 days of its year, and the 60th or 61st of all. */
  dayOfYear(): string {
    const { dayOfYear, yearOfEra } = this.#fromMarch();
    const isLeap = this.#graph.add('And', [
      this.#isMultiple(yearOfEra, 4),
      this.#graph.add('Or', [
        this.#graph.add('Not', [this.#isMultiple(yearOfEra, 100)]),
        this.#isMultiple(yearOfEra, 400),
      ]),
    ]);
    const inMarch = this.#plus(dayOfYear, 60);
    const leapDay = this.#graph.add('Where', [isLeap, this.#graph.scalar(1), this.#graph.scalar(0)]);
    const isNextYear = this.#graph.add('GreaterOrEqual', [dayOfYear, this.#graph.scalar(306)]);
    return this.#graph.add('Where', [
      isNextYear,
      this.#plus(dayOfYear, 1 - 306),
      this.#graph.add('Add', [inMarch, leapDay]),
    ]);
  }

  dayOfMonth(): string {
    const { dayOfYear, month } = this.#fromMarch();
    const before = this.#floorDivide(this.#plus(this.#times(month, 153), 2), 5);
    return this.#plus(this.#subtract(dayOfYear, before), 1);
  }

  #isMultiple(value: string, of: number): string {
    const multiple = this.#times(this.#floorDivide(value, of), of);
    return this.#graph.add('Equal', [value, multiple]);
  }

  /** The era of 400 years, the year in it that begins in March, and the month of that year from 0 on. */
  #fromMarch(): Record<'era' | 'yearOfEra' | 'dayOfYear' | 'month', string> {
    const shifted = this.#plus(this.#days, 719_468);
    const era = this.#floorDivide(shifted, 146_097);
    const dayOfEra = this.#subtract(shifted, this.#times(era, 146_097));
    const leapDays = this.#graph.add('Add', [
      this.#subtract(this.#floorDivide(dayOfEra, 1460), this.#floorDivide(dayOfEra, 36_524)),
      this.#floorDivide(dayOfEra, 146_096),
    ]);
    const yearOfEra = this.#floorDivide(this.#subtract(dayOfEra, leapDays), 365);
    const daysBefore = this.#subtract(
      this.#graph.add('Add', [this.#times(yearOfEra, 365), this.#floorDivide(yearOfEra, 4)]),
      this.#floorDivide(yearOfEra, 100),
    );
    const dayOfYear = this.#subtract(dayOfEra, daysBefore);
    return { era, yearOfEra, dayOfYear, month: this.#floorDivide(this.#plus(this.#times(dayOfYear, 5), 2), 153) };
  }

  #plus(value: string, number: number): string {
    return this.#graph.add('Add', [value, this.#graph.scalar(number)]);
  }

  #times(value: string, number: number): string {
    return this.#graph.add('Mul', [value, this.#graph.scalar(number)]);
  }

  #subtract(value: string, other: string): string {
    return this.#graph.add('Sub', [value, other]);
  }

  #floorDivide(value: string, by: number): string {
    return this.#graph.add('Floor', [this.#graph.add('Div', [value, this.#graph.scalar(by)])]);
  }
}
