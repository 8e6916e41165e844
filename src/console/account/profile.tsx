import { useMutation } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { forgetEverything, signedIn } from '../connection/server.ts';
import { ChangePasswordDocument, UpdateProfileDocument } from '../gql/graphql.ts';
import { TextField } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';

export function Profile({ name, email }: { readonly name: string; readonly email: string }) {
  const [error, setError] = useState<unknown>(null);
  const leave = () => {
    signedIn.signOut().then(forgetEverything).catch(setError);
  };
  return (
    <div className="columns">
      <Name name={name} />
      <Password />
      <section className="section">
        <h2>Session</h2>
        <p>You are signed in as {email}.</p>
        <ErrorNotice error={error} />
        <div className="actions">
          <button type="button" onClick={leave}>
            Sign out
          </button>
        </div>
      </section>
    </div>
  );
}

function Name({ name }: { readonly name: string }) {
  const [value, setValue] = useState(name);
  const [update, { loading, data, error }] = useMutation(UpdateProfileDocument);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void update({ variables: { name: value === '' ? null : value } }).catch(() => undefined);
  };
  return (
    <form className="form" onSubmit={submit}>
      <h2>Name</h2>
      <TextField label="Your name" value={value} onChange={setValue} autoComplete="name" />
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="submit" aria-disabled={loading}>
          Save the name
        </button>
        {data?.updateProfile && <span role="status">Saved.</span>}
      </div>
    </form>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [change, { loading, data, error }] = useMutation(ChangePasswordDocument);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change({ variables: { current, new: next } })
      .then(() => {
        setCurrent('');
        setNext('');
      })
      .catch(() => undefined);
  };
  return (
    <form className="form" onSubmit={submit}>
      <h2>Password</h2>
      <TextField
        label="Current password"
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        isRequired
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        hint="At least 8 characters. Your other sessions end."
        minLength={8}
        value={next}
        onChange={setNext}
        isRequired
      />
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="submit" aria-disabled={loading}>
          Change the password
        </button>
        {data?.changePassword && <span role="status">Changed.</span>}
      </div>
    </form>
  );
}
