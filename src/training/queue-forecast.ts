/** What is foreseen of a run that waits. */
export interface QueueForecast {
  /** 1 is next. */
  readonly queuePosition: number;
  /** Seconds until its end: the wait, and its own training; null where that is not known. */
  readonly etaSeconds: number | null;
}
