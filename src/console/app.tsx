import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { PasswordReset } from './account/password-reset.tsx';
import { SignIn } from './account/sign-in.tsx';
import { useSession } from './connection/hooks.ts';
import { DatasetList } from './datasets/dataset-list.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { Starting } from './shell/starting.tsx';

// What is not needed for the first look is loaded when it is.
const DatasetPage = lazy(async () => ({ default: (await import('./datasets/dataset-page.tsx')).DatasetPage }));
const RunList = lazy(async () => ({ default: (await import('./runs/run-list.tsx')).RunList }));
const RunPage = lazy(async () => ({ default: (await import('./runs/run-page.tsx')).RunPage }));
const ModelPage = lazy(async () => ({ default: (await import('./models/model-page.tsx')).ModelPage }));
const ComparisonPage = lazy(async () => ({ default: (await import('./history/comparison-page.tsx')).ComparisonPage }));
const TrendsPage = lazy(async () => ({ default: (await import('./history/trends-page.tsx')).TrendsPage }));
const AccountPage = lazy(async () => ({ default: (await import('./account/account-page.tsx')).AccountPage }));
const TokenPage = lazy(async () => ({ default: (await import('./account/token-page.tsx')).TokenPage }));

export function App() {
  const session = useSession();
  return (
    <Switch>
      <Route path="/reset-password">
        <PasswordReset />
      </Route>
      <Route>
        {session.status === 'LOADING' && <Starting />}
        {session.status === 'SIGNED_OUT' && <SignIn hasEnded={session.hasEnded} />}
        {session.status === 'SIGNED_IN' && <SignedIn />}
      </Route>
    </Switch>
  );
}

function SignedIn() {
  return (
    <Shell>
      <Suspense fallback={<p className="muted">Loading …</p>}>
        <Switch>
          <Route path="/" component={DatasetList} />
          <Route path="/datasets/:id">{({ id }) => <DatasetPage key={id} id={id} />}</Route>
          <Route path="/runs" component={RunList} />
          <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
          <Route path="/models/:id">{({ id }) => <ModelPage key={id} id={id} />}</Route>
          <Route path="/compare" component={ComparisonPage} />
          <Route path="/trends" component={TrendsPage} />
          <Route path="/account" component={AccountPage} />
          <Route path="/accept-invitation">
            <TokenPage kind="INVITATION" />
          </Route>
          <Route path="/verify-email">
            <TokenPage kind="EMAIL" />
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Shell>
  );
}
