import { useMutation, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { textOf } from '../connection/errors.ts';
import { signedIn } from '../connection/server.ts';
import { RequestPasswordResetDocument, ViewerDocument } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { TextField } from '../ui/field.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { Entrance } from './entrance.tsx';
import { hasSignedInBefore, rememberSignIn } from './known-browser.ts';
import { invitationToken } from './link-token.ts';

/** Signing in, or up. The address stays: whoever follows a link comes to where it leads. */
export function SignIn({ hasEnded }: { readonly hasEnded: boolean }) {
  const { data } = useQuery(ViewerDocument, { fetchPolicy: 'network-only' });
  const policy = data?.limits?.signUp ?? 'OPEN';
  const token = invitationToken();
  const maySignUp = policy === 'OPEN' || (policy === 'INVITED' && token !== null);
  const [mode, setMode] = useAddress('enter', hasSignedInBefore() || hasEnded ? 'sign-in' : 'sign-up');
  const isSignUp = mode === 'sign-up' && maySignUp;
  return (
    <Entrance title={isSignUp ? 'Create an account' : 'Sign in'}>
      {hasEnded && <Notice tone="warn">Your session has ended. Sign in again to go on where you were.</Notice>}
      {token !== null && (
        <Notice>
          You are invited to a workspace: sign {isSignUp ? 'up' : 'in'} with the address that was invited.
        </Notice>
      )}
      <Credentials key={mode} isSignUp={isSignUp} invitation={token} />
      {maySignUp && (
        <p>
          {isSignUp ? 'You have an account?' : 'You have no account yet?'}{' '}
          <button type="button" className="quiet" onClick={() => setMode(isSignUp ? 'sign-in' : 'sign-up')}>
            {isSignUp ? 'Sign in' : 'Create one'}
          </button>
        </p>
      )}
      {!maySignUp && (
        <p className="muted">Accounts of this server are made by invitation: ask an owner of a workspace.</p>
      )}
    </Entrance>
  );
}

interface CredentialsProps {
  readonly isSignUp: boolean;
  readonly invitation: string | null;
}

function Credentials({ isSignUp, invitation }: CredentialsProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [loading, setLoading] = useState(false);
  const wrong = error === null ? null : textOf(error);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (loading) return;
    const { session } = signedIn;
    setError(null);
    setLoading(true);
    const entering = isSignUp
      ? session.signUp({ email, password, invitationToken: invitation })
      : session.signIn({ email, password });
    entering
      .then(rememberSignIn)
      .catch(setError)
      .finally(() => setLoading(false));
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField
        label="E-mail address"
        type="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        error={wrong?.argument === 'input.email' ? wrong.message : null}
        autoFocus
        isRequired
      />
      <TextField
        label="Password"
        type="password"
        autoComplete={isSignUp ? 'new-password' : 'current-password'}
        hint={isSignUp ? 'At least 8 characters.' : null}
        value={password}
        onChange={setPassword}
        error={wrong?.argument === 'input.password' ? wrong.message : null}
        minLength={isSignUp ? 8 : 1}
        isRequired
      />
      {wrong !== null && !wrong.argument?.match(/email|password/) && <ErrorNotice error={error} />}
      <div className="actions">
        <button type="submit" className="primary" aria-disabled={loading}>
          {isSignUp ? 'Create the account' : 'Sign in'}
        </button>
        {!isSignUp && <ForgottenPassword email={email} />}
      </div>
    </form>
  );
}

function ForgottenPassword({ email }: { readonly email: string }) {
  const [request, { data, error }] = useMutation(RequestPasswordResetDocument);
  if (data) return <span role="status">If there is an account of this address, a link is on its way.</span>;
  return (
    <>
      <button
        type="button"
        className="quiet"
        disabled={!email.includes('@')}
        onClick={() => void request({ variables: { email } }).catch(() => undefined)}
      >
        Mail me a link for a new password
      </button>
      <ErrorNotice error={error} />
    </>
  );
}
