import type { RunEvaluationQuery } from '../../gql/graphql.ts';
import { decimal, percent } from '../../ui/format.ts';

type Evaluation = NonNullable<NonNullable<RunEvaluationQuery['trainingRun']>['evaluation']>;

interface IntervalProps {
  readonly interval: NonNullable<Evaluation['interval']>;
  readonly target: string;
}

/** How wide the interval around a prediction is, and how often it held on the test rows. */
export function Interval({ interval: { level, coverage, radius }, target }: IntervalProps) {
  return (
    <section className="section">
      <h2>Prediction interval</h2>
      <p>
        {percent(level)} of the rows are to have a {target} within {decimal(Number(radius.toPrecision(3)))} of the
        prediction. Of the test rows {percent(coverage)} do.
      </p>
    </section>
  );
}
