import { useStore } from '@/app/store';
import { spoken } from './announce';

/** The live regions of the page; mounted once, empty until something is announced. */
export function Announcer() {
  const { text, nth, urgent } = useStore(spoken);
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite">
        {!urgent && <span key={nth}>{text}</span>}
      </div>
      <div className="visually-hidden" role="alert">
        {urgent && <span key={nth}>{text}</span>}
      </div>
    </>
  );
}
