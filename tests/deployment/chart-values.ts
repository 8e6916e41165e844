import type { Values } from './chart.ts';

/** What has no default. */
export const NEEDED = {
  image: { repository: 'registry.example.com/trainyard' },
  secretName: 'trainyard-secrets',
  storage: { bucket: 'trainyard' },
};
export const EVERYTHING = {
  image: { repository: 'registry.example.com/trainyard', tag: '9.9.9', pullPolicy: 'Always' },
  imagePullSecrets: [{ name: 'registry' }],
  secretName: 'trainyard-secrets',
  database: { ca: true },
  storage: {
    bucket: 'trainyard',
    endpoint: 'http://minio:9000',
    publicEndpoint: 'https://objects.example.com',
    ca: true,
    prepareBucket: true,
  },
  mail: { enabled: true, from: 'Trainyard <no-reply@example.com>' },
  publicUrl: 'https://trainyard.example.com',
  settings: { CORS_ORIGINS: 'https://app.example.com', FILE_CACHE_BYTES: '5_000_000_000', LOG_LEVEL: 'debug' },
  serviceAccountName: 'trainyard',
  api: { replicas: 3, nodeSelector: { pool: 'web' }, shutdownGraceSeconds: 30 },
  worker: {
    tolerations: [{ key: 'training', operator: 'Exists' }],
    autoscaling: { kind: 'keda', minReplicas: 0, prometheusUrl: 'http://prometheus.monitoring:9090' },
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
};
export const WITHOUT_KEYS = { ...NEEDED, database: { ownerUrl: false }, storage: { bucket: 'trainyard', keys: false } };
export const CASES: readonly (readonly [string, Values])[] = [
  ['the default values', NEEDED],
  ['all options', EVERYTHING],
  ['a HorizontalPodAutoscaler', { ...NEEDED, worker: { autoscaling: { kind: 'hpa' } } }],
  ['neither keys of the store nor an owner', WITHOUT_KEYS],
];
