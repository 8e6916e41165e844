import { isUnavailable } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { QueueForecast } from './queue-forecast.ts';
import type { QueueForecaster } from './queue-forecaster.ts';

/** How often the queue is looked at while somebody follows a run that waits in it. */
const LOOK_MILLISECONDS = 1_000;

/** An ETA that is wrong by less than this, of itself or in seconds, is not worth another word: it runs down by itself. */
const ETA_SHARE = 0.1;
const ETA_SECONDS = 2;

/** One who follows a run that waits. */
export interface QueueListener {
  readonly runId: string;
  tell(forecast: QueueForecast): void;
}

/** A run that is watched: who follows it, and what they were told, when. */
interface Watched {
  readonly listeners: Set<QueueListener>;
  told: { readonly forecast: QueueForecast; readonly at: number } | null;
}

/**
 * Tells those who follow runs that wait when their place in the queue changes, or when their end moves by much: one look
 * a second for all of a process, and none while nobody waits.
 */
export class QueueWatch {
  readonly #forecaster: QueueForecaster;
  readonly #logger: Logger;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;

  constructor(forecaster: QueueForecaster, logger: Logger) {
    this.#forecaster = forecaster;
    this.#logger = logger;
  }

  /** Begins to tell the listener; gives what its run's others were told last. */
  add(listener: QueueListener): QueueForecast | null {
    const watched = this.#watched.get(listener.runId) ?? { listeners: new Set(), told: null };
    this.#watched.set(listener.runId, watched);
    watched.listeners.add(listener);
    // A run of which nothing has been told is looked at now.
    if (watched.told === null) this.#lookIn(0);
    return watched.told?.forecast ?? null;
  }

  remove(listener: QueueListener): void {
    const watched = this.#watched.get(listener.runId);
    watched?.listeners.delete(listener);
    if (watched?.listeners.size === 0) this.#watched.delete(listener.runId);
  }

  #lookIn(milliseconds: number): void {
    if (this.#isLooking) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), milliseconds).unref();
  }

  async #look(): Promise<void> {
    this.#timer = null;
    if (this.#watched.size === 0) return;
    this.#isLooking = true;
    try {
      const forecasts = await this.#forecaster.forecast([...this.#watched.keys()]);
      for (const [runId, forecast] of forecasts) this.#tell(runId, forecast);
    } catch (error) {
      // Whoever waits in the queue is no worse off without a forecast; the next look comes in any case.
      if (!isUnavailable(error)) this.#logger.error({ err: error }, 'the queue cannot be forecast');
    } finally {
      this.#isLooking = false;
      this.#lookIn(LOOK_MILLISECONDS);
    }
  }

  #tell(runId: string, forecast: QueueForecast): void {
    const watched = this.#watched.get(runId);
    if (watched === undefined) return;
    const now = performance.now();
    if (watched.told !== null && !hasMoved(watched.told.forecast, forecast, (now - watched.told.at) / 1000)) return;
    watched.told = { forecast, at: now };
    for (const listener of [...watched.listeners]) listener.tell(forecast);
  }
}

/** Whether a forecast differs from one of some seconds ago by more than that those have passed. */
function hasMoved(before: QueueForecast, now: QueueForecast, seconds: number): boolean {
  if (before.queuePosition !== now.queuePosition) return true;
  if (before.etaSeconds === null || now.etaSeconds === null) return before.etaSeconds !== now.etaSeconds;
  const expected = before.etaSeconds - seconds;
  return Math.abs(now.etaSeconds - expected) > Math.max(ETA_SECONDS, ETA_SHARE * now.etaSeconds);
}
