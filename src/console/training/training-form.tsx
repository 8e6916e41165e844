import { useMutation, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { textOf } from '../connection/errors.ts';
import {
  AlgorithmsDocument,
  type AlgorithmsQuery,
  DatasetColumnNamesDocument,
  type DatasetQuery,
  StartTrainingDocument,
} from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { SelectField } from '../ui/field.tsx';
import { counted, words } from '../ui/format.ts';
import { newKey } from '../ui/new-key.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { AlgorithmChoice } from './algorithm-choice.tsx';
import { DEFAULT_PLAN, type Plan, toInput } from './plan.ts';

type Dataset = NonNullable<DatasetQuery['dataset']>;
type Algorithms = NonNullable<AlgorithmsQuery['algorithms']>;
type Columns = readonly { readonly index: number; readonly name: string; readonly kind: string }[];

/** The form to start a training: all has a default but the target, where no column looks like one. */
export function TrainingForm({ dataset }: { readonly dataset: Dataset }) {
  const algorithms = useQuery(AlgorithmsDocument);
  const columns = useQuery(DatasetColumnNamesDocument, { variables: { id: dataset.id } });
  const [known, names] = [algorithms.data?.algorithms, columns.data?.dataset?.columns];
  if (!known || !names) return <ErrorNotice error={algorithms.error ?? columns.error} />;
  return <Fields dataset={dataset} algorithms={known} columns={names} />;
}

interface FieldsProps {
  readonly dataset: Dataset;
  readonly algorithms: Algorithms;
  readonly columns: Columns;
}

function Fields({ dataset, algorithms, columns }: FieldsProps) {
  const initial = algorithms.find(({ isDefault }) => isDefault)?.name ?? 'BASELINE';
  const [target, setTarget] = useAddress('target', dataset.suggestedTarget ?? '');
  const [algorithm, setAlgorithm] = useAddress('algorithm', initial);
  const [plan, setPlan] = useState<Plan>(DEFAULT_PLAN);
  const [hasLinear, setLinear] = useState(true);
  const chosen = algorithms.find(({ name }) => name === algorithm) ?? algorithms[0];
  const suggestsLinear = algorithm !== 'LINEAR' && algorithms.some(({ name, enabled }) => name === 'LINEAR' && enabled);
  const { start, loading, error } = useStart();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (dataset.suggestedTarget !== null) button.current?.focus();
  }, [dataset.suggestedTarget]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (loading || chosen === undefined) return;
    const beside = suggestsLinear && hasLinear ? 'LINEAR' : null;
    start(toInput(dataset.id, target, chosen.name, plan), beside);
  };
  const wrong = error === null ? null : textOf(error);
  return (
    <form className="form" onSubmit={submit}>
      <SelectField
        label="Column to predict"
        value={target}
        onChange={setTarget}
        options={[
          ...(target === '' ? [['', 'Choose a column'] as const] : []),
          ...columns.map(({ name }) => [name, name] as const),
        ]}
        hint={
          dataset.suggestedTarget === null ? 'No column looks like a target.' : `Suggested: ${dataset.suggestedTarget}`
        }
        error={wrong?.argument?.endsWith('target') ? wrong.message : null}
      />
      <AlgorithmChoice algorithms={algorithms} value={algorithm} onChange={setAlgorithm} />
      {suggestsLinear && (
        <label className="check">
          <input type="checkbox" checked={hasLinear} onChange={(event) => setLinear(event.target.checked)} />
          Also train Linear, to see whether a simpler model does as well
        </label>
      )}
      {chosen && (
        <AdvancedFields specs={chosen.parameters} columns={columns} target={target} plan={plan} onChange={setPlan} />
      )}
      {wrong !== null && !wrong.argument?.endsWith('target') && <ErrorNotice error={error} />}
      <div className="actions">
        <button ref={button} type="submit" className="primary" aria-disabled={loading || target === ''}>
          Start training
        </button>
        <span className="muted">
          {counted(dataset.rowCount, 'row')}; {words(plan.strategy).toLowerCase()} split
        </span>
      </div>
    </form>
  );
}

/** Starts a run, and perhaps one with another algorithm beside it; then shows the first. */
function useStart() {
  const [mutate, { loading }] = useMutation(StartTrainingDocument);
  const [error, setError] = useState<unknown>(null);
  const [, navigate] = useLocation();
  const key = useRef({ of: '', key: '' });
  const start = (input: ReturnType<typeof toInput>, beside: 'LINEAR' | null) => {
    // The same key for the same form: trying again after a lost answer starts no second run.
    const form = JSON.stringify([input, beside]);
    if (key.current.of !== form) key.current = { of: form, key: newKey() };
    const idempotencyKey = key.current.key;
    const run = async () => {
      const first = await mutate({ variables: { input: { ...input, idempotencyKey } } });
      const simple = { ...input, algorithm: beside, parameters: null, idempotencyKey: `${idempotencyKey}-beside` };
      const second = beside === null ? null : await mutate({ variables: { input: simple } });
      const [id, other] = [first.data?.startTraining?.id, second?.data?.startTraining?.id];
      key.current = { of: '', key: '' };
      if (id !== undefined) navigate(`/runs/${id}${other === undefined ? '' : `?beside=${other}`}`);
    };
    setError(null);
    run().catch(setError);
  };
  return { start, loading, error };
}
