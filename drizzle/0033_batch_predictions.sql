CREATE TABLE "batch_predictions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid,
	"artifact_id" uuid,
	"dataset_id" uuid,
	"contributions" integer NOT NULL,
	"status" text NOT NULL,
	"stage" text NOT NULL,
	"progress" double precision NOT NULL,
	"eta_seconds" double precision,
	"attempt" integer NOT NULL,
	"lost_attempts" integer NOT NULL,
	"last_seq" integer NOT NULL,
	"job_id" uuid,
	"cancel_requested_at" timestamp (3) with time zone,
	"idempotency_key" text,
	"idempotency_fingerprint" text,
	"error_code" text,
	"error_message" text,
	"error_hint" text,
	"sha256" text,
	"size_bytes" bigint,
	"row_count" bigint,
	"preview" jsonb NOT NULL,
	"warnings" jsonb NOT NULL,
	"metrics" jsonb,
	"evaluation" jsonb,
	"drift" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "batch_predictions_workspace_id" UNIQUE("workspace_id","id"),
	CONSTRAINT "batch_predictions_idempotency" UNIQUE("workspace_id","idempotency_key"),
	CONSTRAINT "batch_predictions_status" CHECK ("batch_predictions"."status" in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "batch_predictions_stage" CHECK ("batch_predictions"."stage" in ('WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE')),
	CONSTRAINT "batch_predictions_progress" CHECK ("batch_predictions"."progress" between 0 and 1),
	CONSTRAINT "batch_predictions_counts" CHECK ("batch_predictions"."attempt" >= 0 and "batch_predictions"."lost_attempts" >= 0 and "batch_predictions"."last_seq" >= 0 and "batch_predictions"."contributions" >= 0),
	CONSTRAINT "batch_predictions_idempotency_form" CHECK (("batch_predictions"."idempotency_key" is null) = ("batch_predictions"."idempotency_fingerprint" is null)),
	CONSTRAINT "batch_predictions_end" CHECK (("batch_predictions"."status" in ('QUEUED', 'RUNNING')) = ("batch_predictions"."finished_at" is null)),
	CONSTRAINT "batch_predictions_success" CHECK (("batch_predictions"."status" = 'SUCCEEDED') = ("batch_predictions"."sha256" is not null)
      and ("batch_predictions"."sha256" is null) = ("batch_predictions"."size_bytes" is null)),
	CONSTRAINT "batch_predictions_failure" CHECK (("batch_predictions"."status" = 'FAILED') = ("batch_predictions"."error_code" is not null)
      and ("batch_predictions"."error_code" is null) = ("batch_predictions"."error_message" is null))
);
--> statement-breakpoint
ALTER TABLE "batch_predictions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "workers" DROP CONSTRAINT "workers_kind";--> statement-breakpoint
ALTER TABLE "training_evaluations" ADD COLUMN "known_rows" "bytea";--> statement-breakpoint
ALTER TABLE "users" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "blobs" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "batch_predictions" ADD CONSTRAINT "batch_predictions_created_by" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_predictions" ADD CONSTRAINT "batch_predictions_file" FOREIGN KEY ("workspace_id","sha256") REFERENCES "public"."blobs"("workspace_id","sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "blobs" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "batch_predictions_newest" ON "batch_predictions" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "batch_predictions_by_dataset" ON "batch_predictions" USING btree ("workspace_id","dataset_id");--> statement-breakpoint
CREATE INDEX "batch_predictions_by_artifact" ON "batch_predictions" USING btree ("workspace_id","artifact_id");--> statement-breakpoint
CREATE INDEX "batch_predictions_unfinished" ON "batch_predictions" USING btree ("workspace_id","status") WHERE "batch_predictions"."finished_at" is null;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_kind" CHECK ("workers"."kind" in ('TRAINING', 'READING', 'PREDICTING'));--> statement-breakpoint
CREATE POLICY "batch_predictions_workspace" ON "batch_predictions" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "batch_predictions_write" ON "batch_predictions" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');--> statement-breakpoint
ALTER TABLE "batch_predictions" FORCE ROW LEVEL SECURITY;
