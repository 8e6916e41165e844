{{- define "trainyard.labels" -}}
app.kubernetes.io/name: trainyard
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "trainyard.podSettings" -}}
automountServiceAccountToken: false
{{- if .Values.serviceAccountName }}
serviceAccountName: {{ .Values.serviceAccountName }}
{{- end }}
# A Service called "worker" would be a variable WORKER_PORT, which is a setting.
enableServiceLinks: false
{{- if .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml .Values.imagePullSecrets | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "trainyard.container" -}}
image: "{{ required "image.repository has to name the image, which you build and push" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/trainyard, readOnly: true }
  - { name: data, mountPath: /data }
  - { name: temporary, mountPath: /tmp }
{{- end }}

{{- define "trainyard.environment" -}}
{{- if ne .Values.storage.backend "s3" }}
{{- fail "storage.backend has to be s3: an API and a worker are several pods, which share no folder" }}
{{- end -}}
- { name: DATABASE_URL_FILE, value: /run/secrets/trainyard/database_url }
{{- if .Values.database.ownerUrl }}
- { name: DATABASE_OWNER_URL_FILE, value: /run/secrets/trainyard/database_owner_url }
{{- end }}
{{- if .Values.database.ca }}
- { name: DATABASE_CA_FILE, value: /run/secrets/trainyard/database_ca }
{{- end }}
- { name: METRICS_TOKEN_FILE, value: /run/secrets/trainyard/metrics_token }
- { name: STORAGE_BACKEND, value: {{ .Values.storage.backend | quote }} }
- { name: MINIO_BUCKET, value: {{ required "storage.bucket has to name the bucket" .Values.storage.bucket | quote }} }
- { name: MINIO_ENDPOINT, value: {{ .Values.storage.endpoint | quote }} }
- { name: MINIO_PUBLIC_ENDPOINT, value: {{ .Values.storage.publicEndpoint | quote }} }
- { name: S3_REGION, value: {{ .Values.storage.region | quote }} }
{{- if .Values.storage.keys }}
- { name: MINIO_ACCESS_KEY_FILE, value: /run/secrets/trainyard/minio_access_key }
- { name: MINIO_SECRET_KEY_FILE, value: /run/secrets/trainyard/minio_secret_key }
{{- end }}
{{- if .Values.storage.ca }}
- { name: S3_CA_FILE, value: /run/secrets/trainyard/s3_ca }
{{- end }}
{{- if .Values.mail.enabled }}
- { name: SMTP_URL_FILE, value: /run/secrets/trainyard/smtp_url }
- { name: MAIL_FROM, value: {{ required "mail.from has to name the sender of mails" .Values.mail.from | quote }} }
{{- end }}
- { name: PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
- { name: SHUTDOWN_GRACE_SECONDS, value: {{ .Values.api.shutdownGraceSeconds | quote }} }
- { name: SHUTDOWN_TIMEOUT_SECONDS, value: {{ .Values.api.shutdownTimeoutSeconds | quote }} }
- { name: TRAINING_THREADS, value: {{ .Values.worker.threads | quote }} }
{{- range $name, $value := .Values.settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "trainyard.volumes" -}}
- { name: temporary, emptyDir: { sizeLimit: 256Mi } }
# Without subPath, so that new keys reach the running processes.
- name: secrets
  secret:
    secretName: {{ required "secretName has to name an existing Secret" .Values.secretName }}
    # 0440
    defaultMode: 288
    items:
      - { key: database_url, path: database_url }
      {{- if .Values.database.ownerUrl }}
      - { key: database_owner_url, path: database_owner_url }
      {{- end }}
      {{- if .Values.database.ca }}
      - { key: database_ca, path: database_ca }
      {{- end }}
      - { key: metrics_token, path: metrics_token }
      {{- if .Values.storage.keys }}
      - { key: minio_access_key, path: minio_access_key }
      - { key: minio_secret_key, path: minio_secret_key }
      {{- end }}
      {{- if .Values.storage.ca }}
      - { key: s3_ca, path: s3_ca }
      {{- end }}
      {{- if .Values.mail.enabled }}
      - { key: smtp_url, path: smtp_url }
      {{- end }}
{{- end }}
