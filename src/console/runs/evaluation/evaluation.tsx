import { useQuery } from '@apollo/client/react';
import { LineChart } from '../../charts/line-chart.tsx';
import { Scatter } from '../../charts/scatter.tsx';
import { RunEvaluationDocument, type RunEvaluationQuery } from '../../gql/graphql.ts';
import { count, metric } from '../../ui/format.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Table } from '../../ui/table.tsx';
import { Confusion } from './confusion.tsx';
import { CrossValidation } from './cross-validation.tsx';
import { Interval } from './interval.tsx';
import { Thresholds } from './thresholds.tsx';

type Details = NonNullable<NonNullable<RunEvaluationQuery['trainingRun']>['evaluation']>;

/** How the model does on the test rows, in detail. */
export function Evaluation({ id }: { readonly id: string }) {
  const { data, error } = useQuery(RunEvaluationDocument, { variables: { id } });
  const evaluation = data?.trainingRun?.evaluation;
  if (!evaluation) return <ErrorNotice error={error} />;
  const {
    crossValidation,
    interval,
    thresholds,
    confusionMatrix,
    rocCurve,
    precisionRecallCurve,
    calibration,
    residuals,
    positiveClass,
    perClass,
  } = evaluation;
  return (
    <>
      <div className="columns">
        {confusionMatrix && <Confusion matrix={confusionMatrix} />}
        {rocCurve && <RocCurve points={rocCurve} positiveClass={positiveClass} />}
        {precisionRecallCurve && (
          <section className="section">
            <h2>Precision and recall</h2>
            <LineChart
              label="Precision by recall"
              series={[
                {
                  title: 'Model',
                  tone: 'series-1',
                  points: precisionRecallCurve.map(({ recall, precision }) => [recall, precision]),
                },
              ]}
              xTitle="Recall"
              yTitle="Precision"
              xDomain={[0, 1]}
              yDomain={[0, 1]}
            />
          </section>
        )}
        {calibration && <Calibration bins={calibration} positiveClass={positiveClass} />}
        {residuals && <Residuals points={residuals} target={data?.trainingRun?.target ?? ''} />}
      </div>
      {thresholds && thresholds.length > 0 && <Thresholds points={thresholds} positiveClass={positiveClass} />}
      {perClass && <PerClass rows={perClass} />}
      {crossValidation && <CrossValidation folds={crossValidation} />}
      {interval && <Interval interval={interval} target={data?.trainingRun?.target ?? ''} />}
    </>
  );
}

function RocCurve({
  points,
  positiveClass,
}: {
  readonly points: NonNullable<Details['rocCurve']>;
  readonly positiveClass: string | null;
}) {
  return (
    <section className="section">
      <h2>ROC curve of “{positiveClass}”</h2>
      <LineChart
        label="True positive rate by false positive rate"
        series={[
          {
            title: 'Model',
            tone: 'series-1',
            points: points.map((point) => [point.falsePositiveRate, point.truePositiveRate]),
          },
          {
            title: 'Guessing',
            tone: 'series-muted',
            points: [
              [0, 0],
              [1, 1],
            ],
          },
        ]}
        xTitle="False positive rate"
        yTitle="True positive rate"
        xDomain={[0, 1]}
        yDomain={[0, 1]}
      />
    </section>
  );
}

function Calibration({
  bins,
  positiveClass,
}: {
  readonly bins: NonNullable<Details['calibration']>;
  readonly positiveClass: string | null;
}) {
  const largest = Math.max(...bins.map((bin) => bin.count));
  return (
    <section className="section">
      <h2>Calibration</h2>
      <Scatter
        label="Observed share by predicted probability"
        dots={bins.map((bin) => ({
          key: bin.predicted,
          x: bin.predicted,
          y: bin.observed,
          radius: 3 + 9 * Math.sqrt(bin.count / largest),
        }))}
        xTitle={`Predicted probability of “${positiveClass}”`}
        yTitle="Observed share"
        domain={[0, 1]}
      />
      <p className="muted">On the dashed line, probabilities are what they say. The larger a dot, the more rows.</p>
    </section>
  );
}

function Residuals({
  points,
  target,
}: {
  readonly points: NonNullable<Details['residuals']>;
  readonly target: string;
}) {
  return (
    <section className="section">
      <h2>Predicted and actual</h2>
      <Scatter
        label={`Predicted by actual ${target}`}
        dots={points.map(({ actual, predicted }, index) => ({ key: index, x: actual, y: predicted, radius: 3 }))}
        xTitle={`Actual ${target}`}
        yTitle="Predicted"
      />
      <p className="muted">
        A sample of {count(points.length)} test rows. On the dashed line, the prediction is right.
      </p>
    </section>
  );
}

function PerClass({ rows }: { readonly rows: NonNullable<Details['perClass']> }) {
  return (
    <section className="section">
      <h2>By class</h2>
      <Table label="Metrics by class">
        <thead>
          <tr>
            <th scope="col">Class</th>
            {['Precision', 'Recall', 'F1', 'Test rows'].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, precision, recall, f1, support }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="number">{metric(precision)}</td>
              <td className="number">{metric(recall)}</td>
              <td className="number">{metric(f1)}</td>
              <td className="number">{count(support)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
