import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changeWorkspace } from '../connection/server.ts';
import { AcceptInvitationDocument, VerifyEmailDocument } from '../gql/graphql.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { linkToken } from './link-token.ts';

/** Where mailed links lead: to an invitation, or to the confirmation of an address. */
export function TokenPage({ kind }: { readonly kind: 'INVITATION' | 'EMAIL' }) {
  const [token] = useState(linkToken);
  if (token === null) {
    return (
      <Page title="A link is missing">
        <Notice tone="warn">Open the whole link of the mail.</Notice>
      </Page>
    );
  }
  return kind === 'INVITATION' ? <Invitation token={token} /> : <EmailConfirmation token={token} />;
}

function Invitation({ token }: { readonly token: string }) {
  const [accept, { loading, error }] = useMutation(AcceptInvitationDocument);
  const [, navigate] = useLocation();
  const join = () => {
    accept({ variables: { token } })
      .then(async ({ data }) => {
        if (!data?.acceptInvitation) return;
        await changeWorkspace();
        navigate('/', { replace: true });
      })
      .catch(() => undefined);
  };
  return (
    <Page title="You are invited">
      <p>By joining, this session moves to the workspace of the invitation. Your own workspace stays.</p>
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="button" className="primary" aria-disabled={loading} onClick={join}>
          Join the workspace
        </button>
        <Link className="button" href="/">
          Not now
        </Link>
      </div>
    </Page>
  );
}

function EmailConfirmation({ token }: { readonly token: string }) {
  const [verify, { loading, data, error }] = useMutation(VerifyEmailDocument);
  return (
    <Page title="Confirm your address">
      {data?.verifyEmail && <Notice tone="good">{data.verifyEmail.email} is confirmed.</Notice>}
      <ErrorNotice error={error} />
      <div className="actions">
        {!data?.verifyEmail && (
          <button
            type="button"
            className="primary"
            aria-disabled={loading}
            onClick={() => void verify({ variables: { token } }).catch(() => undefined)}
          >
            Confirm
          </button>
        )}
        <Link className="button" href="/">
          To the datasets
        </Link>
      </div>
    </Page>
  );
}
