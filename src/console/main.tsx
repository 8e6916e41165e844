import '@fontsource/barlow/latin-400.css';
import '@fontsource/barlow/latin-600.css';
import '@fontsource/barlow-condensed/latin-600.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/data.css';
import './styles/charts.css';
import './styles/run.css';
import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { TrainyardProvider } from '../client/react/index.ts';
import { App } from './app.tsx';
import { apollo, trainyard } from './connection/server.ts';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <ApolloProvider client={apollo}>
        <TrainyardProvider client={trainyard}>
          <App />
        </TrainyardProvider>
      </ApolloProvider>
    </StrictMode>,
  );
}
