import { createSession, createTrainyard } from '@trainyard/client';
import { TrainyardProvider } from '@trainyard/client/react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { SignIn } from './sign-in.jsx';
import { TrainPage } from './train-page.jsx';

const session = createSession({ url: '/graphql' });
const client = createTrainyard({ url: '/graphql', getToken: session.getToken, onSessionEnded: session.end });

function App() {
  const [isReady, setReady] = useState(false);
  const viewer = useSyncExternalStore(session.subscribe, () => session.viewer);
  useEffect(() => {
    // Whoever was signed in before still is.
    void session.resume().finally(() => setReady(true));
  }, []);
  if (!isReady) return <p>One moment …</p>;
  if (viewer === null) return <SignIn session={session} />;
  return (
    <TrainyardProvider client={client}>
      <h1>{viewer.workspace.name}</h1>
      <TrainPage />
    </TrainyardProvider>
  );
}

createRoot(document.getElementById('root')).render(<App />);
