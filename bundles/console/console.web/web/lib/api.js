// The hub's REST interface. Every failure is a Problem (RFC 9457), also when the hub is out of reach.
import { signal } from '@preact/signals';

const BASE = '/api/v1';

export class Problem extends Error {
  constructor(fields) {
    super(fields.detail || fields.title || 'HTTP ' + fields.status);
    Object.assign(this, fields);
  }
}

/** Token against cross-site requests, from GET /session. */
export const csrf = signal('');

const watchers = new Set();
/** Calls back with true or false after every request: was the hub reached? */
export const onReach = (watcher) => watchers.add(watcher);
const reached = (yes) => watchers.forEach((watcher) => watcher(yes));

let signedOut = () => {};
/** Calls back when the hub says that nobody is signed in any more. */
export const onSignedOut = (callback) => (signedOut = callback);

async function problemOf(response) {
  let fields = {};
  try {
    fields = await response.json();
  } catch {
    // not JSON: the status is all there is to say
  }
  return new Problem({
    ...fields,
    status: response.status,
    retryAfter: Number(response.headers.get('Retry-After')) || undefined,
  });
}

async function send(method, path, { body, raw, headers = {}, signal: abort, timeout = 30_000 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  abort?.addEventListener('abort', () => stop.abort());
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: stop.signal,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(method !== 'GET' && csrf.value && { 'X-CSRF-Token': csrf.value }),
        ...headers,
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  } catch (cause) {
    if (!abort?.aborted) reached(false);
    throw new Problem({ status: 0, cause });
  } finally {
    clearTimeout(timer);
  }
  reached(true);
  if (response.status === 401 && path !== '/login' && path !== '/session') signedOut();
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The answer's JSON; null when it has none. An answer cut off half-way is the hub being out of reach. */
async function bodyOf(response) {
  try {
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  } catch (cause) {
    reached(false);
    throw new Problem({ status: 0, cause });
  }
}

const json = async (method, path, options) => bodyOf(await send(method, path, options));

export const get = (path, options) => json('GET', path, options);
export const post = (path, body = {}, options) => json('POST', path, { body, ...options });
export const del = (path, options) => json('DELETE', path, options);

/** The tag of the resource itself: Jetty marks that of a compressed answer. */
export const tagOf = (header) => header?.replace(/^W\//, '').replace(/--gzip"$/, '"') ?? null;

/** A resource with its tag, for changing it later. */
export async function getTagged(path) {
  const response = await send('GET', path);
  return { value: await bodyOf(response), tag: tagOf(response.headers.get('ETag')) };
}

/** Changes a resource, if nobody else did meanwhile (412 otherwise). */
export async function put(path, body, tag) {
  const response = await send('PUT', path, {
    body,
    timeout: 60_000,
    headers: tag ? { 'If-Match': tag } : {},
  });
  return { value: await bodyOf(response), tag: tagOf(response.headers.get('ETag')) };
}

/** A file made by the hub. */
export async function download(path, body) {
  const response = await send('POST', path, { body, timeout: 300_000 });
  const named = /filename="?([^";]+)/.exec(response.headers.get('Content-Disposition') ?? '');
  return { blob: await response.blob(), name: named?.[1] };
}

/** Sends a file. */
export const upload = (path, file, headers) =>
  json('POST', path, { raw: file, headers, timeout: 300_000 });

export const url = (path) => BASE + path;
