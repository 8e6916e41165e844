import { isUnavailable } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { QueueForecast } from './queue-forecast.ts';
import type { QueueForecaster } from './queue-forecaster.ts';

/** Polling interval while somebody follows a queued job. */
const POLL_MILLISECONDS = 1_000;

/** Smaller changes of an ETA, relative or in seconds, are not reported: clients count it down by themselves. */
const ETA_SHARE = 0.1;
const ETA_SECONDS = 2;

/** A subscriber to the forecast of a queued job. */
export interface QueueListener {
  readonly id: string;
  onForecast(forecast: QueueForecast): void;
}

/** A monitored run: its listeners, and the forecast that they were last sent. */
interface MonitoredJob {
  readonly listeners: Set<QueueListener>;
  lastSent: { readonly forecast: QueueForecast; readonly at: number } | null;
}

/**
 * Notifies subscribers of queued jobs when the queue position or the estimated end changes. Polls once a second for the
 * whole process, and not at all while nobody follows a queued job.
 */
export class QueueMonitor {
  readonly #forecaster: QueueForecaster;
  readonly #logger: Logger;
  readonly #monitored = new Map<string, MonitoredJob>();
  #timer: NodeJS.Timeout | null = null;
  #isPolling = false;

  constructor(forecaster: QueueForecaster, logger: Logger) {
    this.#forecaster = forecaster;
    this.#logger = logger;
  }

  /** Adds a listener; returns the forecast that other listeners of the run were last sent. */
  add(listener: QueueListener): QueueForecast | null {
    const monitored = this.#monitored.get(listener.id) ?? { listeners: new Set(), lastSent: null };
    this.#monitored.set(listener.id, monitored);
    monitored.listeners.add(listener);
    // A run without a forecast is polled now.
    if (monitored.lastSent === null) this.#pollIn(0);
    return monitored.lastSent?.forecast ?? null;
  }

  remove(listener: QueueListener): void {
    const monitored = this.#monitored.get(listener.id);
    monitored?.listeners.delete(listener);
    if (monitored?.listeners.size === 0) this.#monitored.delete(listener.id);
  }

  #pollIn(milliseconds: number): void {
    if (this.#isPolling) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), milliseconds).unref();
  }

  async #poll(): Promise<void> {
    this.#timer = null;
    if (this.#monitored.size === 0) return;
    this.#isPolling = true;
    try {
      const forecasts = await this.#forecaster.forecast([...this.#monitored.keys()]);
      for (const [id, forecast] of forecasts) this.#onForecast(id, forecast);
    } catch (error) {
      // A queued job does not need a forecast; the next poll tries again.
      if (!isUnavailable(error)) this.#logger.error({ err: error }, 'queue forecast failed');
    } finally {
      this.#isPolling = false;
      this.#pollIn(POLL_MILLISECONDS);
    }
  }

  #onForecast(id: string, forecast: QueueForecast): void {
    const monitored = this.#monitored.get(id);
    if (monitored === undefined) return;
    const now = performance.now();
    if (
      monitored.lastSent !== null &&
      !hasMoved(monitored.lastSent.forecast, forecast, (now - monitored.lastSent.at) / 1000)
    ) {
      return;
    }
    monitored.lastSent = { forecast, at: now };
    for (const listener of [...monitored.listeners]) listener.onForecast(forecast);
  }
}

/** Whether a forecast differs from an earlier one by more than the time that has passed. */
function hasMoved(before: QueueForecast, now: QueueForecast, seconds: number): boolean {
  if (before.queuePosition !== now.queuePosition) return true;
  if (before.etaSeconds === null || now.etaSeconds === null) return before.etaSeconds !== now.etaSeconds;
  const expected = before.etaSeconds - seconds;
  return Math.abs(now.etaSeconds - expected) > Math.max(ETA_SECONDS, ETA_SHARE * now.etaSeconds);
}
