// Addresses of devices as the hub writes them: tcp://host:port, serial:/dev/ttyUSB0?baud=9600, broker:hub. Pure.

const ORDER = ['tcp', 'http', 'https', 'udp', 'udp-multicast', 'serial', 'broker', 'mqtt', 'mqtts', 'inbound', 'file'];
/** Schemes in the order people meet them: network first. */
export const inOrder = (schemes) =>
  [...schemes].sort((a, b) => (ORDER.indexOf(a) + 99) % 99 - (ORDER.indexOf(b) + 99) % 99 || a.localeCompare(b));

/** Schemes that name a thing instead of a host and a port. */
export const isNamed = (scheme) => ['serial', 'file', 'broker', 'inbound'].includes(scheme);

/** The port to begin with: that of the protocol, or of the driver. */
export const usualPort = (scheme, driverPort) =>
  ({ http: 80, https: 443, mqtt: 1883, mqtts: 8883 })[scheme] ?? (driverPort > 0 ? driverPort : undefined);

/** Parameters as a query has them. */
export const parameters = (query) => Object.fromEntries(new URLSearchParams(query ?? ''));

/** Parts of an address; unknown parameters are kept. */
export function parse(text) {
  const [, scheme = 'tcp', rest = ''] = /^([a-z-]+):(.*)$/.exec(text ?? '') ?? [];
  const [where, query = ''] = rest.split('?');
  if (isNamed(scheme)) return { scheme, path: where, host: '', port: '', parameters: parameters(query) };
  const [, host = '', port = ''] = /^\/\/(.*?)(?::(\d+))?$/.exec(where) ?? [];
  return { scheme, path: '', host, port, parameters: parameters(query) };
}

/** An address to be filled in, of a driver and one of its schemes. */
export const blank = (driver, scheme) => ({
  scheme,
  host: '',
  port: String(usualPort(scheme, driver.defaultPort) ?? ''),
  path: scheme === 'broker' ? 'hub' : '',
  parameters: scheme === 'serial' ? parameters(driver.lines?.[0]) : {},
});

/** The address of the parts. */
export function format({ scheme, host, port, path, parameters: all }) {
  const pairs = Object.entries(all ?? {}).filter(([, value]) => value !== '' && value != null);
  const query = pairs.length ? '?' + pairs.map(([k, v]) => k + '=' + v).join('&') : '';
  return isNamed(scheme) ? `${scheme}:${path.trim()}${query}` : `${scheme}://${host.trim()}:${String(port).trim()}${query}`;
}

/** Which part is missing or impossible: path | name | host | port | null. */
export function fault({ scheme, host, port, path }) {
  if (scheme === 'serial' || scheme === 'file') return /^\/[^\s?#]+$/.test(path.trim()) ? null : 'path';
  if (isNamed(scheme)) return /^[^\s?#%]+$/.test(path.trim()) ? null : 'name';
  if (!/^[^\s/:?#]+$/.test(host.trim()) && !/^\[[0-9a-fA-F:.]+\]$/.test(host.trim())) return 'host';
  const number = Number(port);
  return Number.isInteger(number) && number >= 1 && number <= 65535 ? null : 'port';
}

/** Whether a device is one that was found: same driver and address, and at least its settings. */
export const isSame = (device, found) =>
  device.driver === found.driver && device.endpoint === found.endpoint &&
  Object.entries(found.settings ?? {}).every(([key, value]) => device.settings?.[key] === value);
