import { RUN_STATUSES } from '../../jobs/job-status.ts';
import { ALGORITHM_NAMES } from '../../ml/registry.ts';
import type { RunStatistics } from './usage.service.ts';
import type { RunCount } from './usage.store.ts';
import type { RunStatisticsType } from './usage.type.ts';

export function toStatistics({ from, to, counts }: RunStatistics): RunStatisticsType {
  const sumOf = (isCounted: (count: RunCount) => boolean) =>
    counts.reduce((sum, one) => (isCounted(one) ? sum + one.count : sum), 0);
  return {
    from,
    to,
    count: sumOf(() => true),
    byStatus: RUN_STATUSES.map((status) => ({ status, count: sumOf((one) => one.status === status) })),
    byAlgorithm: ALGORITHM_NAMES.map((algorithm) => ({
      algorithm,
      count: sumOf((one) => one.algorithm === algorithm),
    })),
    days: counts,
  };
}
