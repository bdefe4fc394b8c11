// Deterministic CBOR (RFC 8949, section 4.2.1), the part that is signed and hashed here: whole numbers,
// bytes, text, lists, maps with number or text keys, tags, true, false and null. One encoding for one value;
// anything else is refused.

const MAX_DEPTH = 16;

/** A tagged value (RFC 8949, section 3.4). */
export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

/** Bytes that are not what they should be. */
export class Malformed extends Error {}

const before = (a, b) => {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return a.length < b.length;
};

/** Decodes exactly one value that fills the bytes; numbers beyond 2⁵³ are BigInt, maps are Map. */
export function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const fail = (what) => {
    throw new Malformed(`${what} at byte ${at}`);
  };
  const argument = (info) => {
    if (info < 24) return info;
    if (info > 27) fail('indefinite or reserved length');
    const octets = 1 << (info - 24);
    if (at + octets > bytes.length) fail('cut short');
    const big =
      octets === 1 ? BigInt(view.getUint8(at))
      : octets === 2 ? BigInt(view.getUint16(at))
      : octets === 4 ? BigInt(view.getUint32(at))
      : view.getBigUint64(at);
    at += octets;
    if (big < (octets === 1 ? 24n : 1n << BigInt(octets * 4))) fail('not the shortest form');
    if (big >> 63n) fail('number beyond 63 bits');
    return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
  };
  const size = (length, least) => {
    if (length > (bytes.length - at) / least) fail('cut short');
    return length;
  };
  const run = (info) => {
    const length = size(argument(info), 1);
    at += length;
    return bytes.slice(at - length, at);
  };
  const value = (depth) => {
    if (depth > MAX_DEPTH) fail('nested too deep');
    if (at >= bytes.length) fail('cut short');
    const initial = bytes[at++];
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
        return argument(info);
      case 1: {
        const n = argument(info);
        return typeof n === 'bigint' || n === Number.MAX_SAFE_INTEGER ? -1n - BigInt(n) : -1 - n;
      }
      case 2:
        return run(info);
      case 3:
        try {
          return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(run(info));
        } catch (e) {
          if (e instanceof Malformed) throw e;
          return fail('text that is not UTF-8');
        }
      case 4: {
        const length = size(argument(info), 1);
        const list = [];
        for (let i = 0; i < length; i++) list.push(value(depth + 1));
        return list;
      }
      case 5: {
        const length = size(argument(info), 2);
        const map = new Map();
        let last = null;
        for (let i = 0; i < length; i++) {
          const start = at;
          const key = value(depth + 1);
          if (!['number', 'bigint', 'string'].includes(typeof key)) fail('key that is neither number nor text');
          const encoded = bytes.subarray(start, at);
          if (last && !before(last, encoded)) fail('keys out of order or twice');
          last = encoded;
          map.set(key, value(depth + 1));
        }
        return map;
      }
      case 6:
        return new Tagged(argument(info), value(depth + 1));
      default:
        if (initial === 0xf4) return false;
        if (initial === 0xf5) return true;
        if (initial === 0xf6) return null;
        return fail('float or simple value');
    }
  };
  const decoded = value(0);
  if (at !== bytes.length) fail('bytes follow the value');
  return decoded;
}

const head = (major, n) =>
  n < 24 ? [(major << 5) | n]
  : n < 0x100 ? [(major << 5) | 24, n]
  : n < 0x10000 ? [(major << 5) | 25, n >> 8, n & 255]
  : [(major << 5) | 26, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];

/** Encodes text, bytes and lists of them: all that a Sig_structure (RFC 9052, section 4.4) is made of. */
export function encode(value) {
  if (typeof value === 'string') {
    const utf8 = new TextEncoder().encode(value);
    return concat(Uint8Array.from(head(3, utf8.length)), utf8);
  }
  if (value instanceof Uint8Array) return concat(Uint8Array.from(head(2, value.length)), value);
  return concat(Uint8Array.from(head(4, value.length)), ...value.map(encode));
}

/** All bytes behind each other. */
export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
