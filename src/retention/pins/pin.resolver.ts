import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { toArtifact } from '../../artifacts/artifact.mapper.ts';
import { ArtifactType } from '../../artifacts/artifact.type.ts';
import { toDataset } from '../../datasets/dataset.mapper.ts';
import { DatasetType } from '../../datasets/dataset.type.ts';
import type { Pins } from './pin.service.ts';

@Resolver()
export class PinResolver {
  readonly #pins: Pins;

  constructor(pins: Pins) {
    this.#pins = pins;
  }

  @Mutation(() => DatasetType, {
    nullable: true,
    description: 'Pins a dataset, which then never expires, or unpins it; its time to live begins anew then.',
  })
  async pinDataset(
    @Arg('id', () => ID) id: string,
    @Arg('pinned', () => Boolean) pinned: boolean,
    @Ctx() context: Context,
  ): Promise<DatasetType> {
    return toDataset(await this.#pins.pinDataset(context.caller.viewer, id, pinned));
  }

  @Mutation(() => ArtifactType, {
    nullable: true,
    description: 'Pins a model, which then is never removed automatically, or unpins it.',
  })
  async pinArtifact(
    @Arg('id', () => ID) id: string,
    @Arg('pinned', () => Boolean) pinned: boolean,
    @Ctx() context: Context,
  ): Promise<ArtifactType> {
    return toArtifact(await this.#pins.pinArtifact(context.caller.viewer, id, pinned));
  }
}
