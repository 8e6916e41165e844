import type { QueueForecast } from './queue-forecast.ts';

/** Foresees the ends of runs that wait. */
export interface QueueForecaster {
  /** Of those of the runs that wait in the queue, and are not thousands of places away. */
  forecast(runIds: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>>;
}
