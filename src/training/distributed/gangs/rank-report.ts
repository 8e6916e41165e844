import type { RankEvent, RankFailureCode } from '../rank/rank-protocol.ts';
import type { StoredFile } from './gang-order.ts';

type EventOf<Name extends RankEvent['event']> = Extract<RankEvent, { readonly event: Name }>;

/** What a rank tells its run's worker: its events, with its files as those of the store. */
export type RankReport =
  | EventOf<'loaded'>
  | EventOf<'ready'>
  | EventOf<'round'>
  | (Omit<EventOf<'checkpoint'>, 'model'> & { readonly model: StoredFile })
  | (Omit<EventOf<'done'>, 'model' | 'margins'> & {
      readonly model: StoredFile | null;
      readonly margins: StoredFile | null;
    });

/** Why a rank has failed. HOST_LEAVING: its host was shut down, which is nobody's fault. */
export interface RankFailure {
  readonly code: RankFailureCode | 'HOST_LEAVING';
  readonly message: string;
}
