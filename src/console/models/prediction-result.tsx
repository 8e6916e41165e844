import type { Predictions } from '../../client/react/index.ts';
import { Bars } from '../charts/bars.tsx';
import { decimal, percent } from '../ui/format.ts';
import { Notice } from '../ui/notice.tsx';

type Prediction = Predictions['predictions'][number];

interface PredictionResultProps {
  readonly prediction: Prediction;
  /** What is predicted; null if the run is gone. */
  readonly target: string | null;
}

/** What the model says of a row, and why. */
export function PredictionResult({ prediction, target }: PredictionResultProps) {
  const { label, value, low, high, probabilities, contributions, base, warnings } = prediction;
  const best = probabilities?.[0];
  return (
    <div className="stack">
      <div>
        <div className="eyebrow">The model says{target !== null && ` that ${target} is`}</div>
        <div className="answer">{label ?? (value === null ? 'nothing' : decimal(value))}</div>
        {best && <div className="muted">with a probability of {percent(best.probability)}</div>}
        {low !== null && high !== null && (
          <div className="muted">
            in 9 of 10 cases between {decimal(low)} and {decimal(high)}
          </div>
        )}
      </div>
      {probabilities && probabilities.length > 1 && (
        <Bars
          label="Probabilities"
          max={1}
          bars={probabilities.slice(0, 8).map((each) => ({
            key: each.label,
            title: each.label,
            value: each.probability,
            text: percent(each.probability),
          }))}
        />
      )}
      {contributions && contributions.length > 0 && (
        <>
          <h2>Why</h2>
          <p className="muted">
            What moved it most from {base === null ? 'where it begins' : decimal(base)}: towards “{label ?? 'more'}”, or
            away from it.
          </p>
          <Bars
            label="Contributions"
            bars={contributions.map((each) => ({
              key: each.feature,
              title: `${each.feature}: ${each.value ?? 'missing'}`,
              value: each.contribution,
              text: `${each.contribution > 0 ? '+' : '−'}${decimal(Math.abs(Number(each.contribution.toPrecision(3))))}`,
            }))}
          />
        </>
      )}
      {warnings.map(({ column, message }) => (
        <Notice key={column + message} tone="warn">
          <p>
            {column !== '' && <strong>{column}: </strong>}
            {message}
          </p>
        </Notice>
      ))}
    </div>
  );
}
