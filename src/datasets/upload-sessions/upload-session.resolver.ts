import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import type { UploadLinks } from '../../api/http/upload-links.ts';
import { requireWriter } from '../../auth/permissions.ts';
import { toDataset } from '../dataset.mapper.ts';
import { UploadDatasetPayloadType } from '../dataset.type.ts';
import { partCountOf } from './part-sizes.ts';
import type { UploadResults } from './upload-results.service.ts';
import { CreateUploadInput, parseUploadRequest } from './upload-session.input.ts';
import { toUploadSession } from './upload-session.mapper.ts';
import { UploadPartType, UploadSessionType } from './upload-session.type.ts';
import type { UploadSessions } from './upload-sessions.service.ts';

@Resolver(() => UploadSessionType)
export class UploadSessionResolver {
  readonly #sessions: UploadSessions;
  readonly #results: UploadResults;
  readonly #links: UploadLinks;

  constructor(sessions: UploadSessions, results: UploadResults, links: UploadLinks) {
    this.#sessions = sessions;
    this.#results = results;
    this.#links = links;
  }

  @Query(() => UploadSessionType, {
    nullable: true,
    description:
      'Null, without an error, if the workspace has no such session. One that has ended is kept for seven days.',
  })
  async uploadSession(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UploadSessionType | null> {
    const session = await this.#sessions.find(context.caller.viewer, id);
    return session && toUploadSession(session);
  }

  @Cost({ items: 20, itemWeight: 5 })
  @Query(() => [UploadSessionType], {
    nullable: true,
    description: 'The uploads of the workspace that have not ended, newest first.',
  })
  async uploadSessions(@Ctx() context: Context): Promise<UploadSessionType[]> {
    return (await this.#sessions.list(context.caller.viewer)).map(toUploadSession);
  }

  @Mutation(() => UploadSessionType, {
    nullable: true,
    description:
      'Begins the upload of a file in parts, each of which can be sent again. With the idempotencyKey of an upload that is open: that one.',
  })
  async createUpload(
    @Arg('input', () => CreateUploadInput) input: CreateUploadInput,
    @Ctx() context: Context,
  ): Promise<UploadSessionType> {
    return toUploadSession(await this.#sessions.create(context.caller.viewer, parseUploadRequest(input)));
  }

  @Mutation(() => UploadSessionType, {
    nullable: true,
    description: 'All parts have been sent: the file is read in the background. Again: the session as it is.',
  })
  async completeUpload(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UploadSessionType> {
    return toUploadSession(await this.#sessions.complete(context.caller.viewer, id));
  }

  @Mutation(() => UploadSessionType, {
    nullable: true,
    description: 'Ends an upload, also while its file is read, and removes its parts. Again: the session as it is.',
  })
  async abortUpload(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UploadSessionType> {
    return toUploadSession(await this.#sessions.abort(context.caller.viewer, id));
  }

  @Cost({ weight: 200 })
  @FieldResolver(() => [Int], { description: 'Numbers of the parts that have arrived, ascending.' })
  async receivedParts(@Root() { row }: UploadSessionType): Promise<readonly number[]> {
    return await this.#sessions.receivedParts(row);
  }

  @Cost({ weight: 20 })
  @FieldResolver(() => Float, {
    description:
      '0 to 1: while RECEIVING the share of the parts that have arrived, from QUEUED on that of the reading.',
  })
  async progress(@Root() { row }: UploadSessionType): Promise<number> {
    if (row.status !== 'RECEIVING') return row.progress;
    return (await this.#sessions.receivedParts(row)).length / partCountOf(row);
  }

  @FieldResolver(() => UploadDatasetPayloadType, {
    nullable: true,
    description:
      'The answer of uploadDataset, once the session is DONE or REFUSED; null if its dataset has been deleted.',
  })
  async payload(@Root() { row }: UploadSessionType): Promise<UploadDatasetPayloadType | null> {
    const result = await this.#results.of(row);
    return result && { dataset: result.dataset && toDataset(result.dataset), report: result.report };
  }

  @Cost({ items: 100, itemWeight: 5 })
  @FieldResolver(() => [UploadPartType], {
    description:
      'Where to PUT these parts, at most 100 at a time: signed addresses, valid for at most an hour. Empty unless RECEIVING; for members that may upload.',
  })
  async parts(
    @Root() { row }: UploadSessionType,
    @Arg('numbers', () => [Int]) numbers: number[],
    @Ctx() context: Context,
  ): Promise<UploadPartType[]> {
    requireWriter(context.caller.viewer, 'UploadSession.parts');
    const addresses = await this.#sessions.addresses(row, numbers);
    return await Promise.all(
      addresses.map(async ({ url, seconds, ...part }) => {
        const { number, sizeBytes } = part;
        if (url === null) return { number, sizeBytes, ...(await this.#links.part(context, part, seconds)) };
        return { number, sizeBytes, url, expiresAt: new Date(Date.now() + seconds * 1000) };
      }),
    );
  }
}
