import { useQuery } from '@apollo/client/react';
import { Bars } from '../../charts/bars.tsx';
import { RunImportancesDocument } from '../../gql/graphql.ts';
import { decimal } from '../../ui/format.ts';
import { ErrorNotice } from '../../ui/notice.tsx';

/** How much worse the model gets without each column. */
export function Importances({ id, target }: { readonly id: string; readonly target: string }) {
  const { data, error } = useQuery(RunImportancesDocument, { variables: { id } });
  const importances = data?.trainingRun?.featureImportances;
  if (!importances) return <ErrorNotice error={error} />;
  if (importances.length === 0) return <p>This model uses no columns.</p>;
  const measured = importances.filter(({ method }) => method === 'PERMUTATION');
  const gains = importances.filter(({ method }) => method === 'GAIN');
  return (
    <div className="columns">
      {measured.length > 0 && (
        <section className="section">
          <h2>Permutation importance</h2>
          <p className="muted">How much worse the model predicts {target} on test rows when the column is shuffled.</p>
          <Bars
            label="Permutation importances"
            isWide
            bars={measured.map(({ feature, importance, isNoise }) => ({
              key: feature,
              title: isNoise ? `${feature} (noise)` : feature,
              value: importance,
              text: decimal(Number(importance.toPrecision(3))),
            }))}
          />
        </section>
      )}
      {gains.length > 0 && (
        <section className="section">
          <h2>Gain</h2>
          <p className="muted">What the column contributed to fitting.</p>
          <Bars
            label="Gains"
            isWide
            bars={gains.map(({ feature, gain }) => ({
              key: feature,
              title: feature,
              value: gain,
              text: decimal(Number(gain.toPrecision(3))),
            }))}
          />
        </section>
      )}
    </div>
  );
}
