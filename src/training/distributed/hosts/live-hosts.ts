import type { Database } from '../../../platform/postgres/database.ts';
import { type LiveHost, listLiveHosts, type TrainingHostRow } from './training-host.store.ts';

/** As few hosts as a training on several of them needs. */
export const MIN_HOSTS = 2;

/** The hosts of distributed trainings that live, as seen by other processes. */
export class LiveHosts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All of them, also those that lack something. */
  list(): Promise<LiveHost[]> {
    return this.#database.transaction({ maintenance: true }, listLiveHosts);
  }
}

/** Those that could train together: of the hosts that lack nothing the most that have the same version of xgboost. */
export function usableHosts<Host extends Pick<TrainingHostRow, 'missing' | 'xgboost'>>(
  hosts: readonly Host[],
): readonly Host[] {
  const byVersion = Map.groupBy(
    hosts.filter(({ missing }) => missing === null),
    ({ xgboost }) => xgboost,
  );
  return [...byVersion.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
}

/** What keeps hosts from training together, for people; null: nothing. */
export function missingHosts(hosts: readonly Pick<TrainingHostRow, 'missing' | 'xgboost'>[]): string | null {
  const usable = usableHosts(hosts).length;
  if (usable >= MIN_HOSTS) return null;
  const lacking = hosts.filter(({ missing }) => missing !== null);
  const others = hosts.length - lacking.length - usable;
  const reasons = [...new Set(lacking.map(({ missing }) => missing))].slice(0, 3).join(' ');
  return [
    `A training on several hosts needs at least ${MIN_HOSTS} live ones with the same version of xgboost; ${hosts.length} live, and ${usable} of them can take part.`,
    ...(lacking.length > 0 ? [`${lacking.length} of them lack something: ${reasons}`] : []),
    ...(others > 0 ? [`${others} have another version of xgboost.`] : []),
  ].join(' ');
}
