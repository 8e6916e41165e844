CREATE TABLE "training_candidates" (
	"run_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"report" jsonb NOT NULL,
	CONSTRAINT "training_candidates_key" PRIMARY KEY("run_id","number"),
	CONSTRAINT "training_candidates_number" CHECK ("training_candidates"."number" >= 1)
);
--> statement-breakpoint
ALTER TABLE "training_candidates" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_paces" DROP CONSTRAINT "training_paces_algorithm";--> statement-breakpoint
ALTER TABLE "training_events" DROP CONSTRAINT "training_events_kind";--> statement-breakpoint
ALTER TABLE "training_runs" DROP CONSTRAINT "training_runs_algorithm";--> statement-breakpoint
ALTER TABLE "training_events" ADD COLUMN "candidate" jsonb;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "requested_plan" jsonb;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "executed_plan" jsonb;--> statement-breakpoint
ALTER TABLE "training_runs" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_candidates" ADD CONSTRAINT "training_candidates_run" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."training_runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_paces" ADD CONSTRAINT "training_paces_algorithm" CHECK ("training_paces"."algorithm" in ('BASELINE', 'LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING', 'AUTO'));--> statement-breakpoint
ALTER TABLE "training_events" ADD CONSTRAINT "training_events_kind" CHECK ("training_events"."kind" in ('STATUS', 'STAGE', 'PROGRESS', 'METRIC', 'LOG', 'CANDIDATE'));--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_algorithm" CHECK ("training_runs"."algorithm" in ('BASELINE', 'LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING', 'AUTO'));--> statement-breakpoint
CREATE POLICY "training_candidates_workspace" ON "training_candidates" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "training_candidates_write" ON "training_candidates" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');--> statement-breakpoint
ALTER POLICY "training_events_old_select" ON "training_events" TO public USING (kind in ('PROGRESS', 'METRIC', 'CANDIDATE') and at < now() - interval '30 days' and nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "training_events_old_delete" ON "training_events" TO public USING (kind in ('PROGRESS', 'METRIC', 'CANDIDATE') and at < now() - interval '30 days' and nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER TABLE "training_candidates" FORCE ROW LEVEL SECURITY;