import { cutEvents } from './scenarios/cut-events.ts';
import { freezeWorker } from './scenarios/freeze-worker.ts';
import { killPostgres } from './scenarios/kill-postgres.ts';
import { killRank } from './scenarios/kill-rank.ts';
import { killSearch } from './scenarios/kill-search.ts';
import { killWorker } from './scenarios/kill-worker.ts';
import { limits } from './scenarios/limits.ts';
import { races } from './scenarios/races.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { shortRuns } from './scenarios/short-runs.ts';

/** In the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = [
  killWorker,
  killSearch,
  killRank,
  freezeWorker,
  killPostgres,
  rollingRestart,
  cutEvents,
  shortRuns,
  races,
  limits,
];
