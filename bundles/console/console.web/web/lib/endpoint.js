// Addresses of devices as the hub writes them: tcp://host:port, serial:/dev/ttyUSB0?baud=9600. Pure.

const ORDER = ['tcp', 'udp', 'udp-multicast', 'serial'];
/** Schemes in the order people meet them: network first. */
export const inOrder = (schemes) =>
  [...schemes].sort((a, b) => (ORDER.indexOf(a) + 99) % 99 - (ORDER.indexOf(b) + 99) % 99 || a.localeCompare(b));

/** Parts of an address; unknown parameters are kept. */
export function parse(text) {
  const [, scheme = 'tcp', rest = ''] = /^([a-z-]+):(.*)$/.exec(text ?? '') ?? [];
  const [where, query = ''] = rest.split('?');
  const parameters = Object.fromEntries(new URLSearchParams(query));
  if (scheme === 'serial') return { scheme, path: where, host: '', port: '', parameters };
  const [, host = '', port = ''] = /^\/\/(.*?)(?::(\d+))?$/.exec(where) ?? [];
  return { scheme, path: '', host, port, parameters };
}

/** The address of the parts. */
export function format({ scheme, host, port, path, parameters }) {
  const pairs = Object.entries(parameters ?? {}).filter(([, value]) => value !== '' && value != null);
  const query = pairs.length ? '?' + pairs.map(([k, v]) => k + '=' + v).join('&') : '';
  return scheme === 'serial' ? `serial:${path.trim()}${query}` : `${scheme}://${host.trim()}:${String(port).trim()}${query}`;
}

/** Which part is missing or impossible: path | host | port | null. */
export function fault({ scheme, host, port, path }) {
  if (scheme === 'serial') return /^\/\S+$/.test(path.trim()) ? null : 'path';
  if (!/^[^\s/:?#]+$/.test(host.trim()) && !/^\[[0-9a-fA-F:.]+\]$/.test(host.trim())) return 'host';
  const number = Number(port);
  return Number.isInteger(number) && number >= 1 && number <= 65535 ? null : 'port';
}
