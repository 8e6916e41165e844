import { useMutation, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { useViewer } from '../connection/hooks.ts';
import {
  ChangeRoleDocument,
  InviteMemberDocument,
  MembersDocument,
  RemoveMemberDocument,
  RevokeInvitationDocument,
  type Role,
} from '../gql/graphql.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { day, words } from '../ui/format.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';
import { ROLES } from './roles.ts';

const REFETCH = { refetchQueries: ['Members'] };

export function Members() {
  const { role } = useViewer();
  const { data, error } = useQuery(MembersDocument);
  const [change, changing] = useMutation(ChangeRoleDocument, REFETCH);
  const [remove, removing] = useMutation(RemoveMemberDocument, REFETCH);
  const members = data?.viewer?.workspace.members?.nodes ?? [];
  const isOwner = role === 'OWNER';
  return (
    <section className="section">
      {isOwner && <Invite />}
      <ErrorNotice error={error ?? changing.error ?? removing.error} />
      <Table label="Members">
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">Since</th>
            <th scope="col">Role</th>
            {isOwner && <td />}
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.id}>
              <th scope="row">{member.user.name ?? member.user.email}</th>
              <td>{day(member.createdAt)}</td>
              <td>
                {isOwner ? (
                  <select
                    aria-label={`Role of ${member.user.email}`}
                    value={member.role}
                    onChange={(event) =>
                      void change({ variables: { membershipId: member.id, role: event.target.value as Role } }).catch(
                        () => undefined,
                      )
                    }
                  >
                    {ROLES.map(([value]) => (
                      <option key={value} value={value}>
                        {words(value)}
                      </option>
                    ))}
                  </select>
                ) : (
                  words(member.role)
                )}
              </td>
              {isOwner && (
                <td className="number">
                  {members.length > 1 && (
                    <button
                      type="button"
                      className="quiet"
                      onClick={() => void remove({ variables: { membershipId: member.id } }).catch(() => undefined)}
                    >
                      Remove {member.user.email}
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </Table>
      {isOwner && <Invitations invitations={data?.viewer?.workspace.invitations ?? []} />}
    </section>
  );
}

function Invite() {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('EDITOR');
  const [invite, { data, loading, error }] = useMutation(InviteMemberDocument, REFETCH);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    invite({ variables: { input: { email, role } } })
      .then(() => setEmail(''))
      .catch(() => undefined);
  };
  const url = data?.inviteMember?.url;
  return (
    <form className="form" onSubmit={submit}>
      <div className="form-row">
        <TextField label="E-mail address to invite" type="email" value={email} onChange={setEmail} isRequired />
        <SelectField label="Role" value={role} onChange={(value) => setRole(value as Role)} options={ROLES} />
      </div>
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="submit" aria-disabled={loading}>
          Invite
        </button>
      </div>
      {url && (
        <Notice tone="good">
          <p role="status">Invited. The link is mailed where the server sends mails; you may also pass it on:</p>
          <code>{url}</code>
        </Notice>
      )}
    </form>
  );
}

interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: string;
}

function Invitations({ invitations }: { readonly invitations: readonly InvitationRow[] }) {
  const [revoke, { error }] = useMutation(RevokeInvitationDocument, REFETCH);
  if (invitations.length === 0) return null;
  return (
    <>
      <h2>Open invitations</h2>
      <ErrorNotice error={error} />
      <ul className="stack">
        {invitations.map(({ id, email, role, expiresAt }) => (
          <li key={id} className="actions">
            <span>
              {email}, {words(role).toLowerCase()}, until {day(expiresAt)}
            </span>
            <button
              type="button"
              className="quiet"
              onClick={() => void revoke({ variables: { id } }).catch(() => undefined)}
            >
              Revoke the invitation of {email}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
