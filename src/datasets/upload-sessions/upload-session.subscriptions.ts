import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import type { LiveUploads } from './live-uploads.ts';
import { toUploadSession } from './upload-session.mapper.ts';
import type { UploadSessionRow } from './upload-session.store.ts';
import { UploadSessionType } from './upload-session.type.ts';

/** The sources of these subscriptions. */
export interface LiveUploadSources {
  readonly liveUploads: LiveUploads;
}

/** The argument of type-graphql's `subscribe` functions: they have no resolver instance, so the source is in the context. */
interface Subscribing<Args> {
  readonly args: Args;
  readonly context: Context<LiveUploadSources>;
}

@Resolver()
export class UploadSessionSubscriptions {
  @Subscription(() => UploadSessionType, {
    description: 'The session as it is now, then on every change; completes when the upload has ended.',
    subscribe: ({ args, context }: Subscribing<{ id: string }>) =>
      context.sources.liveUploads.follow(context.caller.viewer, args.id),
  })
  uploadProgress(@Root() row: UploadSessionRow, @Arg('id', () => ID) _id: string): UploadSessionType {
    return toUploadSession(row);
  }
}
