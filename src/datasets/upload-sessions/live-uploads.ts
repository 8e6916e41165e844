import type { Viewer } from '../../auth/viewer.ts';
import { notFound } from '../../errors.ts';
import type { ChangePoller, JobReader } from '../../jobs/live/change-poller.ts';
import type { JobKind } from '../../jobs/live/followed-job.ts';
import { RowFollower } from '../../jobs/live/job-followers.ts';
import { WorkspacePollers } from '../../jobs/live/workspace-pollers.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Change, NotificationHub } from '../../platform/postgres/notifications.ts';
import {
  findUploadHeads,
  findUploadsChangedAfter,
  UPLOAD_TOPIC,
  type UploadHead,
  type UploadSessionRow,
} from './upload-session.store.ts';
import { isUploadEnded } from './upload-session-status.ts';

/** What followers read of sessions. */
interface UploadTypes {
  readonly head: UploadHead;
  readonly row: UploadSessionRow;
  readonly event: never;
}

const UPLOAD_KIND: JobKind<UploadTypes> = {
  noun: 'upload session',
  isEnded: ({ status }) => isUploadEnded(status),
};

/** Follows upload sessions live. */
export class LiveUploads {
  readonly #pollers: WorkspacePollers<UploadTypes>;

  constructor(database: Database, hub: Pick<NotificationHub, 'listen'>) {
    const onChange = (poller: ChangePoller<UploadTypes>, { topic, id }: Change) => {
      if (topic === UPLOAD_TOPIC && isUuid(id)) poller.notify(id);
    };
    this.#pollers = new WorkspacePollers(hub, onChange, (workspaceId) => readerOf(database, workspaceId));
  }

  /** The session as it is now, then on every change; completes when it has ended. Throws NOT_FOUND. */
  async follow({ workspaceId }: Viewer, id: string): Promise<AsyncIterableIterator<UploadSessionRow>> {
    if (!isUuid(id)) throw notFound(UPLOAD_KIND.noun, id);
    const options = {
      poller: this.#pollers.open(workspaceId),
      kind: UPLOAD_KIND,
      id: id.toLowerCase(),
      onRelease: () => this.#pollers.closeUnused(workspaceId),
    };
    return await new RowFollower(options, (row) => row).start();
  }
}

function readerOf(database: Database, workspaceId: string): JobReader<UploadTypes> {
  const scope = { workspaceId };
  return {
    heads: (ids) => database.transaction(scope, (tx) => findUploadHeads(tx, ids)),
    // Nobody follows all sessions of a workspace.
    liveHeads: () => Promise.resolve([]),
    read: ({ ids, rows }) =>
      database.transaction(scope, async (tx) => {
        const [heads, changed] = await Promise.all([findUploadHeads(tx, ids), findUploadsChangedAfter(tx, rows)]);
        return { heads, rows: changed, events: [] };
      }),
  };
}
