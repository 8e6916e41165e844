import { useMutation, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { ModelAliasesDocument, SetModelAliasDocument } from '../gql/graphql.ts';
import { TextField } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';

interface AliasesProps {
  readonly artifactId: string;
  readonly mayChange: boolean;
}

/** The names by which programs ask this model; a name can move to another model while they go on. */
export function Aliases({ artifactId, mayChange }: AliasesProps) {
  const { data, error } = useQuery(ModelAliasesDocument);
  const [setAlias, setting] = useMutation(SetModelAliasDocument, { refetchQueries: ['ModelAliases'] });
  const [name, setName] = useState('');
  const aliases = data?.modelAliases ?? [];
  const own = aliases.filter(({ artifact }) => artifact?.id === artifactId);
  const moved = aliases.find((alias) => alias.name === name.trim() && alias.artifact?.id !== artifactId);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (setting.loading) return;
    setAlias({ variables: { name: name.trim(), artifactId } })
      .then(() => setName(''))
      .catch(() => undefined);
  };
  return (
    <>
      <h2>Aliases</h2>
      <p className="muted">
        Programs can ask for a model by an alias, such as <code>champion</code>. It never is removed while it has one.
      </p>
      <ErrorNotice error={error ?? setting.error} />
      <ul className="stack" aria-label="Aliases">
        {own.map((alias) => (
          <li key={alias.name} className="actions">
            <code>{alias.name}</code>
            {mayChange && (
              <button
                type="button"
                className="quiet"
                aria-label={`Remove the alias ${alias.name}`}
                onClick={() =>
                  void setAlias({ variables: { name: alias.name, artifactId: null } }).catch(() => undefined)
                }
              >
                Remove
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayChange && (
        <form className="inline-form" onSubmit={submit}>
          <TextField
            label="New alias"
            value={name}
            onChange={setName}
            isRequired
            hint={moved === undefined ? null : `It stands for another model now, and moves to this one.`}
          />
          <button type="submit" aria-disabled={setting.loading}>
            Give it
          </button>
        </form>
      )}
    </>
  );
}
