ALTER TABLE "training_runs" ADD COLUMN "refit" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "refitted" boolean;