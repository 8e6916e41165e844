CREATE TABLE "training_evaluations" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"evaluation" jsonb NOT NULL,
	"test_rows_sha256" text NOT NULL,
	"predictions" "bytea" NOT NULL,
	"trained_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "training_evaluations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP INDEX "training_runs_newest";--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "archived_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "training_evaluations" ADD CONSTRAINT "training_evaluations_run" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."training_runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "training_runs_listed" ON "training_runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST,"status","archived_at","task","algorithm","dataset_name");--> statement-breakpoint
CREATE INDEX "training_runs_history" ON "training_runs" USING btree ("workspace_id","task","algorithm","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "training_runs"."status" = 'SUCCEEDED' and "training_runs"."archived_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_history_by_name" ON "training_runs" USING btree ("workspace_id","dataset_name","task","algorithm","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "training_runs"."status" = 'SUCCEEDED' and "training_runs"."archived_at" is null;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_archived" CHECK ("training_runs"."archived_at" is null or "training_runs"."finished_at" is not null);--> statement-breakpoint
CREATE POLICY "training_evaluations_workspace" ON "training_evaluations" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);