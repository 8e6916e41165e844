import type { RankEvent, RankStart, TrackerStart } from '../rank/rank-protocol.ts';

/** A process of a rank or of a tracker. */
export interface LaunchedProcess {
  /** Does nothing once the process has ended. */
  send(command: 'stop' | 'cancel'): void;
  /** Ends it at once. */
  kill(): void;
  /** How it ended, for people; after all its events. */
  readonly ended: Promise<string>;
}

/** Starts the processes of ranks and trackers. */
export type LaunchRank = (start: RankStart | TrackerStart, onEvent: (event: RankEvent) => void) => LaunchedProcess;
