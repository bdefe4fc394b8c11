// Hash routes: the server never needs to know them.
import { signal } from '@preact/signals';

const parse = () => {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  let parts;
  try {
    parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    parts = [];
  }
  return { parts, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
};

export const route = signal(parse());
addEventListener('hashchange', () => (route.value = parse()));

export const go = (path) => (location.hash = '#/' + path);
/** Changes the address without a new entry in the browser's history. */
export function replace(path) {
  history.replaceState(null, '', '#/' + path);
  route.value = parse();
}
