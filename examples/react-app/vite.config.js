import { defineConfig } from 'vite';

// The page and the API have one origin: no CORS, and cookies hold the session.
export default defineConfig({
  resolve: { dedupe: ['react'] },
  server: {
    proxy: {
      '/graphql': { target: 'http://127.0.0.1:4000', ws: true },
      '/downloads': { target: 'http://127.0.0.1:4000' },
    },
  },
});
