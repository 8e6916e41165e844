import { Query, Resolver } from 'type-graphql';
import type { Config } from '../../config.ts';
import { MAX_PAGE } from '../graphql/pagination.ts';
import { MAX_PREDICTION_ROWS } from './argument-bounds.ts';
import { LimitsType, type SignUpPolicy } from './limits.type.ts';
import { MAX_DEPTH } from './operation-rules.ts';

@Resolver(() => LimitsType)
export class LimitsResolver {
  readonly #config: LimitSettings;

  constructor(config: LimitSettings) {
    this.#config = config;
  }

  @Query(() => LimitsType, {
    nullable: true,
    description: 'What this server allows, so that a front end can say so before it sends anything. No sign-in needed.',
  })
  limits(): LimitsType {
    const { MAX_CSV_UPLOAD_BYTES, ALLOWED_UPLOAD_EXTENSIONS, SIGN_UP } = this.#config;
    return {
      maxUploadBytes: MAX_CSV_UPLOAD_BYTES,
      allowedUploadExtensions: ALLOWED_UPLOAD_EXTENSIONS,
      maxPageSize: MAX_PAGE,
      maxPredictionRows: MAX_PREDICTION_ROWS,
      maxQueryDepth: MAX_DEPTH,
      signUp: SIGN_UP.toUpperCase() as SignUpPolicy,
    };
  }
}

type LimitSettings = Pick<Config, 'MAX_CSV_UPLOAD_BYTES' | 'ALLOWED_UPLOAD_EXTENSIONS' | 'SIGN_UP'>;
