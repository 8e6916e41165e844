CREATE TABLE "training_checkpoint_parts" (
	"run_id" uuid NOT NULL,
	"save_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "training_checkpoint_parts_key" PRIMARY KEY("run_id","save_id","part"),
	CONSTRAINT "training_checkpoint_parts_part" CHECK ("training_checkpoint_parts"."part" >= 0)
);
--> statement-breakpoint
ALTER TABLE "training_checkpoint_parts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_checkpoints" ADD COLUMN "save_id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "training_checkpoints" ADD COLUMN "part_count" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
INSERT INTO "training_checkpoint_parts" SELECT "run_id", "save_id", 0, "workspace_id", "attempt", "bytes" FROM "training_checkpoints";--> statement-breakpoint
ALTER TABLE "training_checkpoints" ALTER COLUMN "save_id" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "training_checkpoints" ALTER COLUMN "part_count" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "last_lost_attempt" integer;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "is_leaving" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "training_checkpoints" DROP COLUMN "bytes";--> statement-breakpoint
ALTER TABLE "training_checkpoint_parts" ADD CONSTRAINT "training_checkpoint_parts_run" FOREIGN KEY ("workspace_id","run_id") REFERENCES "public"."training_runs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "training_checkpoint_parts_workspace" ON "training_checkpoint_parts" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);