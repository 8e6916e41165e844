import { useMutation, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { ApiKeysDocument, CreateApiKeyDocument, RevokeApiKeyDocument, type Role } from '../gql/graphql.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { dateTime, day, words } from '../ui/format.ts';
import { Empty, ErrorNotice, Notice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';
import { ROLES } from './roles.ts';

export function ApiKeys() {
  const { data, error } = useQuery(ApiKeysDocument);
  const [revoke, revocation] = useMutation(RevokeApiKeyDocument, { refetchQueries: ['ApiKeys'] });
  const keys = data?.apiKeys ?? [];
  return (
    <section className="section">
      <NewKey />
      <ErrorNotice error={error ?? revocation.error} />
      {data && keys.length === 0 && (
        <Empty title="No keys yet">
          <p>A key lets a program use the API as a member of this workspace: make one above.</p>
        </Empty>
      )}
      {keys.length > 0 && (
        <Table label="API keys">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Begins with</th>
              <th scope="col">Role</th>
              <th scope="col">Made</th>
              <th scope="col">Last used</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {keys.map(({ id, name, prefix, role, createdAt, lastUsedAt }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                <td>
                  <code>{prefix}…</code>
                </td>
                <td>{words(role)}</td>
                <td>{day(createdAt)}</td>
                <td>{lastUsedAt === null ? 'never' : dateTime(lastUsedAt)}</td>
                <td className="number">
                  <button
                    type="button"
                    className="quiet"
                    onClick={() => void revoke({ variables: { id } }).catch(() => undefined)}
                  >
                    Revoke {name}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}

function NewKey() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('EDITOR');
  const [create, { data, loading, error }] = useMutation(CreateApiKeyDocument, { refetchQueries: ['ApiKeys'] });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    create({ variables: { input: { name, role } } })
      .then(() => setName(''))
      .catch(() => undefined);
  };
  const key = data?.createApiKey?.key;
  return (
    <form className="form" onSubmit={submit}>
      <div className="form-row">
        <TextField label="Name of the key" value={name} onChange={setName} placeholder="nightly import" isRequired />
        <SelectField label="Role" value={role} onChange={(value) => setRole(value as Role)} options={ROLES} />
      </div>
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="submit" aria-disabled={loading}>
          Make a key
        </button>
      </div>
      {key !== undefined && (
        <Notice tone="good">
          <p role="status">Copy the key now: it is not shown again.</p>
          <code>{key}</code>
        </Notice>
      )}
    </form>
  );
}
