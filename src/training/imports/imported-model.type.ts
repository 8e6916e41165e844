import { Field, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { FOREIGN_MODEL_FORMATS } from '../../ml/foreign/foreign-model.ts';

export const ForeignModelFormatEnum = registerEnum(
  FOREIGN_MODEL_FORMATS,
  'ForeignModelFormat',
  'The file of a model that was trained elsewhere; see docs/importing-models.md.',
  {
    XGBOOST_JSON: "XGBoost's JSON, as `save_model('model.json')` writes it.",
    XGBOOST_UBJ: "XGBoost's Universal Binary JSON, as `save_model('model.ubj')` writes it.",
    LIGHTGBM_TEXT: "LightGBM's text, as `save_model('model.txt')` writes it.",
  },
);

@ObjectType('ImportedModel', { description: 'The file that a model was imported from.' })
export class ImportedModelType {
  @Field(() => String, {
    description: 'The library that made it, with its version where the file tells it: `XGBoost 3.0.2`.',
  })
  maker!: string;

  @Field(() => String, { description: 'What the model was fitted to, in the words of its maker: `binary:logistic`.' })
  objective!: string;

  @Field(() => String)
  filename!: string;

  @Field(() => SafeInt)
  sizeBytes!: number;

  @Field(() => String, { description: 'Of the file, in hexadecimal.' })
  sha256!: string;
}
