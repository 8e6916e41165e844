import { ApiMetrics } from '../../src/api/health/api-metrics.ts';
import { QueueStats } from '../../src/api/health/queue-stats.ts';
import { ProcessMetrics } from '../../src/platform/monitoring/process-metrics.ts';

/** What a metric knows of itself; the types of prom-client tell less. */
export interface MetricDetails {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const NO_DATABASE = { stats: () => ({ active: 0, waiting: 0, max: 0, succeededAt: 0 }) };

/** Every metric that a process of either kind offers. */
export function allMetrics(): readonly MetricDetails[] {
  const metrics = new ProcessMetrics('0');
  const api = new ApiMetrics(
    metrics.registry,
    new QueueStats({ depth: never, batchDepth: never, schedules: never, deletions: never }, { list: never }),
  );
  api.monitorSockets(() => ({ signedIn: 0, anonymous: 0, subscriptions: new Map() }));
  metrics.monitor(NO_DATABASE, { diskSpace: never });
  metrics.monitorParts({});
  metrics.close();
  return metrics.registry.getMetricsAsArray() as unknown as MetricDetails[];
}

function never(): Promise<never> {
  return Promise.reject(new Error('Nobody asks for values here.'));
}
