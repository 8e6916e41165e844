ALTER TABLE "training_runs" DROP CONSTRAINT "training_runs_success";--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "imported" jsonb;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_success" CHECK ((("training_runs"."status" = 'SUCCEEDED') = ("training_runs"."metrics" is not null)
        or ("training_runs"."status" = 'SUCCEEDED' and "training_runs"."imported" is not null))
      and ("training_runs"."metrics" is null) = ("training_runs"."baseline" is null));