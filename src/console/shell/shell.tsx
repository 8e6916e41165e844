import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useConnection } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { LiveLists } from './live-lists.tsx';
import { Mark } from './mark.tsx';

const STOPS = [
  { path: '/', title: 'Datasets', prefixes: ['/datasets'] },
  { path: '/runs', title: 'Runs', prefixes: ['/runs', '/compare', '/models'] },
  { path: '/trends', title: 'Trends', prefixes: ['/trends'] },
  { path: '/account', title: 'Account', prefixes: ['/account'] },
] as const;

/** The frame of all pages behind the sign-in. */
export function Shell({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <a className="skip button" href="#content">
        Skip to the content
      </a>
      <LiveLists />
      <div className="shell">
        <Rail />
        <div>
          <ConnectionBanner />
          <main id="content" className="content">
            {children}
          </main>
        </div>
      </div>
    </>
  );
}

function Rail() {
  const [location] = useLocation();
  const { user, workspace } = useViewer();
  return (
    <header className="rail">
      <Link className="brand" href="/">
        <Mark />
        Trainyard
      </Link>
      <nav className="stops" aria-label="Pages">
        {STOPS.map(({ path, title, prefixes }) => {
          const isHere = location === path || prefixes.some((prefix) => location.startsWith(prefix));
          return (
            <Link key={path} className="stop" href={path} aria-current={isHere ? 'page' : undefined}>
              {title}
            </Link>
          );
        })}
      </nav>
      <div className="rail-foot">
        <a href="/graphql">GraphiQL</a>
        <span>{workspace.name}</span>
        {user?.email !== workspace.name && <span>{user?.email}</span>}
      </div>
    </header>
  );
}

/** A socket that is opened anew within this time is no news. */
const QUIET_MILLISECONDS = 700;

function ConnectionBanner() {
  const isLost = useConnection().state === 'LOST';
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!isLost) {
      setShown(false);
      return;
    }
    const timer = window.setTimeout(() => setShown(true), QUIET_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [isLost]);
  return (
    <div role="status">
      {isShown && (
        <div className="banner">The connection to the server is lost. What you see may be old; trying again …</div>
      )}
    </div>
  );
}
