import { type SubmitEvent, useState } from 'react';
import type { LiveTrainingRun } from '../../client/react/index.ts';
import { TextField } from '../ui/field.tsx';
import type { Run } from './use-run.ts';

interface LabelsProps {
  readonly run: Run;
  readonly live: LiveTrainingRun;
}

/** The name and the tags by which people find a run again. */
export function Labels({ run, live: { update, isBusy } }: LabelsProps) {
  const [name, setName] = useState(run.name ?? '');
  const [tags, setTags] = useState(run.tags.join(', '));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const list = tags.split(',').map((tag) => tag.trim());
    void update({ name: name.trim() === '' ? null : name.trim(), tags: list.filter((tag) => tag !== '') });
  };
  return (
    <form className="inline-form" onSubmit={submit}>
      <TextField label="Name" value={name} onChange={setName} placeholder={`${run.datasetName} → ${run.target}`} />
      <TextField label="Tags" value={tags} onChange={setTags} placeholder="kept, for the report" />
      <button type="submit" aria-disabled={isBusy}>
        Save
      </button>
    </form>
  );
}
