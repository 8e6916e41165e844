import { useEffect, useState } from 'react';
import { signedIn } from '../connection/server.ts';

const RETRY_MILLISECONDS = 1_500;

/** Before it is known who is signed in; tries until the server says so. */
export function Starting() {
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    let timer: number | null = null;
    let isOver = false;
    const open = () => {
      signedIn.open().catch(() => {
        if (isOver) return;
        setLost(true);
        timer = window.setTimeout(open, RETRY_MILLISECONDS);
      });
    };
    open();
    return () => {
      isOver = true;
      if (timer !== null) window.clearTimeout(timer);
    };
  }, []);
  if (!isLost) return null;
  return (
    <div className="banner" role="status">
      The server cannot be reached. Trying again …
    </div>
  );
}
