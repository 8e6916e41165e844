import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import type { DownloadLinks } from '../../api/http/download-links.ts';
import { DownloadInput, parseDownload } from './download.input.ts';
import type { DownloadRequests } from './download.service.ts';
import { DownloadType } from './download.type.ts';

@Resolver()
export class DownloadResolver {
  readonly #requests: DownloadRequests;
  readonly #links: DownloadLinks;

  constructor(requests: DownloadRequests, links: DownloadLinks) {
    this.#requests = requests;
    this.#links = links;
  }

  @Cost({ weight: 20 })
  @Mutation(() => DownloadType, {
    nullable: true,
    description: 'A signed address of a file, valid for five minutes. Ask for it when the user clicks.',
  })
  async createDownload(
    @Arg('input', () => DownloadInput) input: DownloadInput,
    @Ctx() context: Context,
  ): Promise<DownloadType> {
    const request = parseDownload(input);
    const { filename, sizeBytes } = await this.#requests.find(context.caller.viewer, request);
    return { filename, sizeBytes, ...(await this.#links.create(context, request)) };
  }
}
