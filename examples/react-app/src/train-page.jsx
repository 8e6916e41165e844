import { useConnection, useTrainingForm, useTrainingRun, useUpload } from '@trainyard/client/react';
import { useState } from 'react';

/** Uploads a CSV file, trains on it, and shows how far the training is. */
export function TrainPage() {
  const { state: connection } = useConnection();
  const { state, upload } = useUpload();
  const [runId, setRunId] = useState(null);
  return (
    <>
      {connection === 'LOST' && <p role="status">The connection is lost; it comes back by itself.</p>}
      <label>
        A CSV file <input type="file" accept=".csv" onChange={({ target }) => upload(target.files[0])} />
      </label>
      {state.phase === 'SENDING' && <progress value={state.progress} aria-label="Sending" />}
      {state.phase === 'READING' && <p>The file is read …</p>}
      {state.phase === 'FAILED' && <p role="alert">{state.error.message}</p>}
      {state.phase === 'REFUSED' && state.report.issues.map(({ code, message }) => <p key={code}>{message}</p>)}
      {state.phase === 'DONE' && <TrainForm key={state.dataset.id} dataset={state.dataset} onStart={setRunId} />}
      {runId !== null && <Training runId={runId} />}
    </>
  );
}

function TrainForm({ dataset, onStart }) {
  const form = useTrainingForm(dataset.id, { target: dataset.suggestedTarget });
  const { algorithms, algorithm, values, errors } = form;
  const submit = async (event) => {
    event.preventDefault();
    const run = await form.submit();
    if (run !== null) onStart(run.id);
  };
  return (
    <form onSubmit={submit}>
      <label>
        Predict
        <input value={values.target ?? ''} onChange={({ target }) => form.setValues({ target: target.value })} />
        {errors.byField.target}
      </label>
      <label>
        with
        <select value={algorithm?.name} onChange={({ target }) => form.setValues({ algorithm: target.value })}>
          {algorithms?.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={form.isSubmitting}>
        Train
      </button>
      <p role="alert">{errors.others.join(' ')}</p>
    </form>
  );
}

function Training({ runId }) {
  const { run, error } = useTrainingRun(runId);
  if (run === null) return <p>{error?.message}</p>;
  const { primary } = run.metrics ?? {};
  return (
    <section aria-label="Training">
      <progress value={run.progress} aria-label="Training" /> {run.status} {run.stage}
      {primary && <p>{`${primary.name}: ${primary.value.toFixed(3)}`}</p>}
      <p role="alert">{run.error?.message}</p>
    </section>
  );
}
