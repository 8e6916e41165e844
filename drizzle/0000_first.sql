CREATE TABLE "artifacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"format" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"pinned" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "artifacts_run_once" UNIQUE("run_id"),
	CONSTRAINT "artifacts_size" CHECK ("artifacts"."size_bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "artifacts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "memberships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "memberships_once" UNIQUE("workspace_id","user_id"),
	CONSTRAINT "memberships_role" CHECK ("memberships"."role" in ('OWNER', 'EDITOR', 'READER'))
);
--> statement-breakpoint
ALTER TABLE "memberships" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"password_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_email_form" CHECK ("users"."email" = lower("users"."email") and length("users"."email") between 3 and 320)
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "workspaces_name_length" CHECK (length("workspaces"."name") between 1 and 200)
);
--> statement-breakpoint
ALTER TABLE "workspaces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "blobs" (
	"workspace_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"reference_count" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blobs_key" PRIMARY KEY("workspace_id","sha256"),
	CONSTRAINT "blobs_sha256_form" CHECK ("blobs"."sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "blobs_counts" CHECK ("blobs"."reference_count" >= 0 and "blobs"."size_bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "blobs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "dataset_columns" (
	"dataset_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"index" integer NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"missing" bigint NOT NULL,
	"distinct_count" bigint NOT NULL,
	"approximate" boolean NOT NULL,
	"numeric_profile" jsonb,
	"top_values" jsonb NOT NULL,
	CONSTRAINT "dataset_columns_key" PRIMARY KEY("dataset_id","index"),
	CONSTRAINT "dataset_columns_counts" CHECK ("dataset_columns"."index" >= 0 and "dataset_columns"."missing" >= 0 and "dataset_columns"."distinct_count" >= 0),
	CONSTRAINT "dataset_columns_kind" CHECK ("dataset_columns"."kind" in ('NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME', 'TEXT', 'IDENTIFIER', 'CONSTANT'))
);
--> statement-breakpoint
ALTER TABLE "dataset_columns" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "dataset_names" (
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"last_version" integer NOT NULL,
	CONSTRAINT "dataset_names_key" PRIMARY KEY("workspace_id","name"),
	CONSTRAINT "dataset_names_version" CHECK ("dataset_names"."last_version" >= 1)
);
--> statement-breakpoint
ALTER TABLE "dataset_names" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "datasets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"filename" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"table_sha256" text NOT NULL,
	"row_count" bigint NOT NULL,
	"column_count" integer NOT NULL,
	"dialect" jsonb NOT NULL,
	"preview" jsonb NOT NULL,
	"issues" jsonb NOT NULL,
	"suggested_target" text,
	"suggested_task" text,
	"pinned" boolean NOT NULL,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "datasets_version_once" UNIQUE("workspace_id","name","version"),
	CONSTRAINT "datasets_workspace_id" UNIQUE("workspace_id","id"),
	CONSTRAINT "datasets_counts" CHECK ("datasets"."version" >= 1 and "datasets"."size_bytes" >= 0 and "datasets"."row_count" >= 0 and "datasets"."column_count" >= 0),
	CONSTRAINT "datasets_suggested_task" CHECK ("datasets"."suggested_task" in ('CLASSIFICATION', 'REGRESSION')),
	CONSTRAINT "datasets_pinned_never_expires" CHECK (not "datasets"."pinned" or "datasets"."expires_at" is null)
);
--> statement-breakpoint
ALTER TABLE "datasets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "training_events" (
	"run_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"attempt" integer NOT NULL,
	"status" text NOT NULL,
	"stage" text NOT NULL,
	"progress" double precision NOT NULL,
	"eta_seconds" double precision,
	"point" jsonb,
	"message" text,
	"error_code" text,
	"error_message" text,
	"error_hint" text,
	CONSTRAINT "training_events_key" PRIMARY KEY("run_id","seq"),
	CONSTRAINT "training_events_seq" CHECK ("training_events"."seq" >= 1),
	CONSTRAINT "training_events_kind" CHECK ("training_events"."kind" in ('STATUS', 'STAGE', 'PROGRESS', 'METRIC', 'LOG')),
	CONSTRAINT "training_events_status" CHECK ("training_events"."status" in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "training_events_stage" CHECK ("training_events"."stage" in ('WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'))
);
--> statement-breakpoint
ALTER TABLE "training_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "training_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"dataset_id" uuid NOT NULL,
	"dataset_name" text NOT NULL,
	"dataset_version" integer NOT NULL,
	"target" text NOT NULL,
	"task" text NOT NULL,
	"algorithm" text NOT NULL,
	"features" jsonb NOT NULL,
	"parameters" jsonb NOT NULL,
	"split" jsonb NOT NULL,
	"created_by" uuid,
	"status" text NOT NULL,
	"stage" text NOT NULL,
	"progress" double precision NOT NULL,
	"eta_seconds" double precision,
	"attempt" integer NOT NULL,
	"lost_attempts" integer NOT NULL,
	"last_seq" integer NOT NULL,
	"end_reason" text,
	"error_code" text,
	"error_message" text,
	"error_hint" text,
	"train_rows" integer,
	"test_rows" integer,
	"metrics" jsonb,
	"baseline" jsonb,
	"curve" jsonb NOT NULL,
	"feature_importances" jsonb NOT NULL,
	"warnings" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"artifact_removed_at" timestamp (3) with time zone,
	CONSTRAINT "training_runs_workspace_id" UNIQUE("workspace_id","id"),
	CONSTRAINT "training_runs_status" CHECK ("training_runs"."status" in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "training_runs_stage" CHECK ("training_runs"."stage" in ('WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE')),
	CONSTRAINT "training_runs_task" CHECK ("training_runs"."task" in ('CLASSIFICATION', 'REGRESSION')),
	CONSTRAINT "training_runs_algorithm" CHECK ("training_runs"."algorithm" in ('BASELINE', 'LINEAR', 'DECISION_TREE', 'GRADIENT_BOOSTING')),
	CONSTRAINT "training_runs_end_reason" CHECK ("training_runs"."end_reason" in ('COMPLETED', 'EARLY_STOPPING', 'TIME_BUDGET', 'STOPPED', 'CANCELLED', 'FAILED')),
	CONSTRAINT "training_runs_progress" CHECK ("training_runs"."progress" between 0 and 1),
	CONSTRAINT "training_runs_counts" CHECK ("training_runs"."attempt" >= 0 and "training_runs"."lost_attempts" >= 0 and "training_runs"."last_seq" >= 0),
	CONSTRAINT "training_runs_end" CHECK (("training_runs"."status" in ('QUEUED', 'RUNNING')) = ("training_runs"."finished_at" is null)
      and ("training_runs"."finished_at" is null) = ("training_runs"."end_reason" is null)),
	CONSTRAINT "training_runs_success" CHECK (("training_runs"."status" = 'SUCCEEDED') = ("training_runs"."metrics" is not null)
      and ("training_runs"."metrics" is null) = ("training_runs"."baseline" is null)),
	CONSTRAINT "training_runs_failure" CHECK (("training_runs"."status" = 'FAILED') = ("training_runs"."error_code" is not null)
      and ("training_runs"."error_code" is null) = ("training_runs"."error_message" is null))
);
--> statement-breakpoint
ALTER TABLE "training_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_run" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."training_runs"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_file" FOREIGN KEY ("workspace_id","sha256") REFERENCES "public"."blobs"("workspace_id","sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blobs" ADD CONSTRAINT "blobs_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_columns" ADD CONSTRAINT "dataset_columns_dataset" FOREIGN KEY ("workspace_id","dataset_id") REFERENCES "public"."datasets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_names" ADD CONSTRAINT "dataset_names_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_name" FOREIGN KEY ("workspace_id","name") REFERENCES "public"."dataset_names"("workspace_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_file" FOREIGN KEY ("workspace_id","sha256") REFERENCES "public"."blobs"("workspace_id","sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_table" FOREIGN KEY ("workspace_id","table_sha256") REFERENCES "public"."blobs"("workspace_id","sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_created_by" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_events" ADD CONSTRAINT "training_events_run" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."training_runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_dataset" FOREIGN KEY ("workspace_id","dataset_id") REFERENCES "public"."datasets"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_created_by" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "artifacts_newest" ON "artifacts" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "memberships_by_user" ON "memberships" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "dataset_columns_name_once" ON "dataset_columns" USING btree ("dataset_id",md5("name"));--> statement-breakpoint
CREATE INDEX "datasets_newest" ON "datasets" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "training_runs_newest" ON "training_runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "training_runs_by_dataset" ON "training_runs" USING btree ("workspace_id","dataset_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE POLICY "artifacts_workspace" ON "artifacts" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "memberships_visible" ON "memberships" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid or user_id = nullif(current_setting('app.user_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "users_visible" ON "users" AS PERMISSIVE FOR SELECT TO public USING (id = nullif(current_setting('app.user_id', true), '')::uuid or email = nullif(current_setting('app.email', true), '')
        or exists (select from memberships where memberships.user_id = users.id and memberships.workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "users_sign_up" ON "users" AS PERMISSIVE FOR INSERT TO public WITH CHECK (id = nullif(current_setting('app.user_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "workspaces_own" ON "workspaces" AS PERMISSIVE FOR ALL TO public USING (id = nullif(current_setting('app.workspace_id', true), '')::uuid
        or exists (select from memberships where memberships.workspace_id = workspaces.id and memberships.user_id = nullif(current_setting('app.user_id', true), '')::uuid)) WITH CHECK (id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "blobs_workspace" ON "blobs" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "dataset_columns_workspace" ON "dataset_columns" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "dataset_names_workspace" ON "dataset_names" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "datasets_workspace" ON "datasets" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "training_events_workspace" ON "training_events" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "training_runs_workspace" ON "training_runs" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);