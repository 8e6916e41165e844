import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import type { ReportFieldsFragment } from '../../../client/core/index.ts';
import { Facts } from '../../ui/facts.tsx';
import { TextField } from '../../ui/field.tsx';
import { bytes, count } from '../../ui/format.ts';
import { IssueList } from '../issue-list.tsx';
import { PreviewTable } from '../preview-table.tsx';
import { ColumnKinds } from './column-kinds.tsx';
import { ReadOptionFields } from './read-option-fields.tsx';
import type { ReadOptions } from './read-options.ts';

interface ReportPanelProps {
  readonly file: File;
  readonly report: ReportFieldsFragment;
  readonly options: ReadOptions;
  readonly onInspect: (options: ReadOptions) => void;
  readonly onStore: (name: string) => void;
  readonly onReset: () => void;
}

/** What the server found in a file, how it read it, and how else it may. */
export function ReportPanel({ file, report, options, onInspect, onStore, onReset }: ReportPanelProps) {
  const [name, setName] = useState(() => file.name.replace(/\.[^.]+$/, ''));
  const [changed, setChanged] = useState(options);
  const isChanged = JSON.stringify(changed) !== JSON.stringify(options);
  const mayStore = report.accepted && !isChanged;
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => next.current?.focus(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (mayStore) onStore(name);
    else onInspect(changed);
  };
  return (
    <form className="form" onSubmit={submit}>
      <div className="page-head">
        <Facts
          facts={[
            ['File', file.name],
            ['Size', bytes(report.sizeBytes)],
            ['Rows', report.rowCount === null ? null : count(report.rowCount)],
            ['Columns', report.columnCount === null ? null : count(report.columnCount)],
            ['Looks like a target', report.suggestedTarget],
          ]}
        />
        <div className="actions">
          <button ref={next} type="submit" className="primary">
            {mayStore ? 'Store it' : 'Look again'}
          </button>
          <button type="button" onClick={onReset}>
            Take another file
          </button>
        </div>
      </div>
      {report.issues.length > 0 && (
        <section className="section">
          <h2>Issues</h2>
          <IssueList issues={report.issues} />
        </section>
      )}
      <section className="section">
        <h2>How it is read</h2>
        <ReadOptionFields options={changed} dialect={report.dialect} onChange={setChanged} />
        <TextField
          label="Name of the dataset"
          value={name}
          onChange={setName}
          hint="The same name again makes a new version."
          isRequired
        />
      </section>
      {report.columns.length > 0 && (
        <section className="section">
          <h2>Columns</h2>
          <ColumnKinds report={report} options={changed} onChange={setChanged} />
        </section>
      )}
      {report.preview.length > 0 && report.columns.length > 0 && (
        <section className="section">
          <h2>First rows</h2>
          <PreviewTable columns={report.columns} rows={report.preview} />
        </section>
      )}
    </form>
  );
}
