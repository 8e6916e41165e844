import { fieldErrors } from '@trainyard/client';
import { useState } from 'react';

/** Signs in, or up. */
export function SignIn({ session }) {
  const [error, setError] = useState(null);
  const { byField, others } = fieldErrors(error);
  const submit = async (event) => {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.currentTarget));
    const isNew = event.nativeEvent.submitter.name === 'sign-up';
    await session[isNew ? 'signUp' : 'signIn']({ email, password }).catch(setError);
  };
  return (
    <form onSubmit={submit}>
      <label>
        E-mail <input name="email" type="email" required /> {byField.email}
      </label>
      <label>
        Password <input name="password" type="password" required /> {byField.password}
      </label>
      <button type="submit">Sign in</button>
      <button type="submit" name="sign-up">
        Sign up
      </button>
      <p role="alert">{others.join(' ')}</p>
    </form>
  );
}
