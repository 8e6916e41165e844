import type { ReactNode } from 'react';
import { textOf } from '../connection/errors.ts';

type Tone = 'info' | 'good' | 'warn' | 'bad';

export function Notice({ tone = 'info', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <div className={`notice ${tone}`}>{children}</div>;
}

/** What went wrong, and what to do next. Nothing without an error. */
export function ErrorNotice({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const { message, hint } = textOf(error);
  return (
    <div className="notice bad" role="alert">
      <p>{message}</p>
      {hint !== null && <p>{hint}</p>}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
