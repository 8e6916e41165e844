import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Upload } from '../../api/graphql/scalars.ts';
import type { FormFile } from '../../api/http/form-file.ts';
import { toArtifact } from '../artifact.mapper.ts';
import { ImportModelInput, parseImport } from './import-model.input.ts';
import { ImportModelPayloadType } from './import-model.type.ts';
import type { ModelImports } from './model-imports.service.ts';

@Resolver()
export class ImportModelResolver {
  readonly #imports: ModelImports;

  constructor(imports: ModelImports) {
    this.#imports = imports;
  }

  @Mutation(() => ImportModelPayloadType, {
    nullable: true,
    description:
      'Makes a model of one that was trained elsewhere: it predicts as its maker does, and is served and watched like one that was trained here. Its run evaluates it on the rows of a dataset, if one is named.',
  })
  async importModel(
    @Arg('file', () => Upload) file: FormFile,
    @Arg('input', () => ImportModelInput) input: ImportModelInput,
    @Ctx() context: Context,
  ): Promise<ImportModelPayloadType> {
    const params = parseImport(input);
    const incoming = { ...(await file.open()), clientAborted: context.clientAborted };
    const { artifact, report } = await this.#imports.import(context.caller.viewer, incoming, params);
    return { artifact: artifact && toArtifact(artifact), report };
  }
}
