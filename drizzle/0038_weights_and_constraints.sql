ALTER TABLE "training_runs" ADD COLUMN "monotone" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "weight_column" text;