import type { ModelFeature } from '../../../runtime/model.ts';
import type { Fitted } from '../../estimator.ts';
import type { TimedPoint } from '../../timed-curve.ts';

/** What several hosts have fitted to the training rows of a request. */
export interface FittedElsewhere {
  /** What the model reads. */
  readonly features: readonly ModelFeature[];
  readonly fitted: Fitted;
  readonly curve: readonly TimedPoint[];
}
