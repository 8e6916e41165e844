ALTER TABLE "dataset_columns" ADD COLUMN "date_order" text;--> statement-breakpoint
ALTER TABLE "dataset_columns" ADD COLUMN "number_format" jsonb;--> statement-breakpoint
ALTER TABLE "dataset_columns" ADD CONSTRAINT "dataset_columns_date_order" CHECK ("dataset_columns"."date_order" in ('YMD', 'DMY', 'MDY'));