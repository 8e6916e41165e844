import { Link } from 'wouter';
import { Page } from '../ui/page.tsx';

export function NotFound() {
  return (
    <Page title="There is nothing here">
      <p>The address may be mistyped, or what it names has been deleted.</p>
      <div className="actions">
        <Link className="button" href="/">
          To the datasets
        </Link>
        <Link className="button" href="/runs">
          To the runs
        </Link>
      </div>
    </Page>
  );
}
