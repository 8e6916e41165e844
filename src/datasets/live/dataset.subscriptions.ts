import { Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { toDataset } from '../dataset.mapper.ts';
import { DatasetChangeType } from './dataset-change.type.ts';
import type { DatasetChange } from './dataset-changes.ts';
import type { LiveDatasets } from './live-datasets.ts';

/** The source of these subscriptions. */
export interface LiveDatasetSources {
  readonly liveDatasets: LiveDatasets;
}

@Resolver()
export class DatasetSubscriptions {
  @Subscription(() => DatasetChangeType, {
    description:
      'Datasets of the workspace that are uploaded, restored, changed or deleted. Refetch the list after a reconnect.',
    subscribe: ({ context }: { readonly context: Context<LiveDatasetSources> }) =>
      context.sources.liveDatasets.follow(context.caller.viewer),
  })
  datasetChanges(@Root() { kind, datasetId, dataset }: DatasetChange): DatasetChangeType {
    return { kind, datasetId, dataset: dataset && toDataset(dataset) };
  }
}
