// Pages that few people open: loaded, with their messages, when they are first asked for.
import { useEffect, useState } from 'preact/hooks';
import { Loading, Trouble } from './parts.jsx';

/** `load` imports a module with `ready`, done when its messages are there. */
export function Lazy({ name, from = () => import('../trust/trust.jsx'), ...props }) {
  const [pages, set] = useState(null);
  const [problem, fail] = useState(null);
  const load = () => {
    fail(null);
    from().then(async (m) => set((await m.ready, m)), () => fail({ status: 0 }));
  };
  useEffect(load, []);
  if (problem) return <Trouble problem={problem} retry={load} />;
  if (!pages) return <Loading />;
  const Page = pages[name];
  return <Page {...props} />;
}
