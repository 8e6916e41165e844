import { Field, ID, InputType } from 'type-graphql';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { parseIdempotencyKey } from '../../datasets/uploads/idempotency-key.ts';
import { badInput, InputErrors } from '../../errors.ts';
import type { ForeignModelFormat } from '../../ml/foreign/foreign-model.ts';
import type { Task } from '../../ml/task.ts';
import { ForeignModelFormatEnum } from '../../training/imports/imported-model.type.ts';
import { parseRunName } from '../../training/labels/parse-labels.ts';
import type { ImportParams } from './model-imports.service.ts';

@InputType({ description: 'What a model that was trained elsewhere is to be here.' })
export class ImportModelInput {
  @Field(() => ForeignModelFormatEnum)
  format!: ForeignModelFormat;

  @Field(() => String, { description: 'What its run is called: 1 to 200 characters.' })
  name!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The dataset whose columns the model reads: it tells their texts and formats, the model is evaluated on its rows, and drift is measured against them. Left out: the model reads numbers by the names of its inputs, and has no metrics.',
  })
  datasetId?: string | null;

  @Field(() => String, { description: 'The column that the model predicts.' })
  target!: string;

  @Field(() => TaskEnum)
  task!: Task;

  @Field(() => [String], {
    nullable: true,
    description:
      'CLASSIFICATION: the labels of the classes 0, 1, …, in that order. Left out: the values of the target in the dataset, numbers in numeric order, texts in the order of their characters; without a dataset, 0, 1, ….',
  })
  labels?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "The columns of the model's inputs, in its order. Left out: as the file names them.",
  })
  features?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The same key with the same file and input, within a day, returns the same model instead of a second one.',
  })
  idempotencyKey?: string | null;
}

/** Throws BAD_USER_INPUT with everything that is wrong by itself. */
export function parseImport(input: ImportModelInput): ImportParams {
  const { format, task, datasetId = null, target, labels = null, features = null, idempotencyKey = null } = input;
  const errors = new InputErrors();
  const name = errors.collect(() => parseRunName(input.name));
  errors.collect(() => {
    if (target === '') throw badInput('input.target', 'The target has no name.', 'Name the column that is predicted.');
  });
  errors.collect(() => labels && refuseEmpty('input.labels', labels));
  errors.collect(() => features && refuseEmpty('input.features', features));
  const key = errors.collect(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey)));
  errors.throwIfAny();
  return { format, task, datasetId, target, labels, features, name: name ?? '', idempotencyKey: key };
}

function refuseEmpty(argument: string, texts: readonly string[]): void {
  const index = texts.indexOf('');
  if (index >= 0) throw badInput(`${argument}.${index}`, 'An empty text names nothing.', 'Give it a name.');
}
