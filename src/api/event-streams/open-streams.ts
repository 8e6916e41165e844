import type { Config } from '../../config.ts';
import { bytesOfUser } from '../sockets/open-sockets.ts';
import type { EventStream } from './event-stream.ts';

/** The open event streams of a process, with the limits of each user. */
export class OpenStreams {
  readonly #maxPerUser: number;
  readonly #all = new Set<EventStream>();
  readonly #byUser = new Map<string, Set<EventStream>>();

  constructor({ MAX_SUBSCRIPTIONS_PER_USER }: Pick<Config, 'MAX_SUBSCRIPTIONS_PER_USER'>) {
    this.#maxPerUser = MAX_SUBSCRIPTIONS_PER_USER;
  }

  /** Counts a stream until it is closed; of a user, if it has one. Returns why it may not be opened, or null. */
  add(stream: EventStream, userId: string | null): string | null {
    const ofUser = (userId === null ? null : this.#byUser.get(userId)) ?? new Set<EventStream>();
    if (userId !== null && ofUser.size >= this.#maxPerUser) return 'This user has too many event streams open.';
    const bytes = [...ofUser].reduce((sum, each) => sum + each.requestBytes, stream.requestBytes);
    if (userId !== null && bytes > bytesOfUser(this.#maxPerUser)) {
      return 'The open operations use too much memory; complete some of them first.';
    }
    this.#all.add(stream);
    if (userId !== null) this.#byUser.set(userId, ofUser.add(stream));
    stream.onClose(() => {
      this.#all.delete(stream);
      ofUser.delete(stream);
      if (userId !== null && ofUser.size === 0 && this.#byUser.get(userId) === ofUser) this.#byUser.delete(userId);
    });
    return null;
  }

  /** Running subscriptions by field. */
  get subscriptions(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { field } of this.#all) if (field !== null) counts.set(field, (counts.get(field) ?? 0) + 1);
    return counts;
  }

  /** Ends all streams without a last word: their clients come back, to another process. */
  close(): void {
    for (const stream of this.#all) stream.breakOff();
  }
}
