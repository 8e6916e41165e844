import { useMutation } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { signedIn } from '../connection/server.ts';
import { ResetPasswordDocument } from '../gql/graphql.ts';
import { TextField } from '../ui/field.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { Entrance } from './entrance.tsx';
import { rememberSignIn } from './known-browser.ts';
import { linkToken } from './link-token.ts';

/** Where the link of a mail leads by which a password is set. */
export function PasswordReset() {
  const [token] = useState(linkToken);
  const [password, setPassword] = useState('');
  const [, navigate] = useLocation();
  const [reset, { loading, error }] = useMutation(ResetPasswordDocument);
  if (token === null) {
    return (
      <Entrance title="A link is missing">
        <Notice tone="warn">Open the whole link of the mail, or ask for another one at the sign-in.</Notice>
        <a href="/">To the sign-in</a>
      </Entrance>
    );
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (loading) return;
    reset({ variables: { token, new: password } })
      .then(({ data }) => {
        if (!data?.resetPassword) return;
        rememberSignIn();
        navigate('/', { replace: true });
        return signedIn.open();
      })
      .catch(() => undefined);
  };
  return (
    <Entrance title="Set a new password">
      <form className="form" onSubmit={submit}>
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters. All sessions and API keys of yours end."
          value={password}
          onChange={setPassword}
          minLength={8}
          autoFocus
          isRequired
        />
        <ErrorNotice error={error} />
        <div className="actions">
          <button type="submit" className="primary" aria-disabled={loading}>
            Set it and sign in
          </button>
        </div>
      </form>
    </Entrance>
  );
}
