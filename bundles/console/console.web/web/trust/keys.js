// Public keys as others know them, checked with the browser's own WebCrypto.
import { concat, hex } from './cbor.js';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Base58 as Bitcoin has it; at most 128 digits. */
export function base58(text) {
  if (text.length > 128) throw new Error('too long for base58');
  let n = 0n;
  let zeros = 0;
  for (const c of text) {
    const digit = ALPHABET.indexOf(c);
    if (digit < 0) throw new Error('not base58');
    n = n * 58n + BigInt(digit);
    if (n === 0n) zeros++;
  }
  const bytes = [];
  for (; n > 0n; n >>= 8n) bytes.unshift(Number(n & 255n));
  return Uint8Array.from([...new Array(zeros).fill(0), ...bytes]);
}

export function toBase58(bytes) {
  let n = bytes.reduce((sum, b) => (sum << 8n) | BigInt(b), 0n);
  let text = '';
  for (; n > 0n; n /= 58n) text = ALPHABET[Number(n % 58n)] + text;
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text = '1' + text;
  return text;
}

export const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));

const ALGORITHMS = [
  { name: 'Ed25519', cose: -8, codec: [0xed, 0x01], length: 32, suite: 'eddsa-jcs-2022' },
  { name: 'P-256', cose: -7, codec: [0x80, 0x24], length: 33, suite: 'ecdsa-jcs-2019' },
];

/** The key of a multikey (z…) or did:key; throws for anything else. */
export function parseKey(text) {
  const multikey = text.startsWith('did:key:') ? text.slice(8) : text;
  if (!/^z[1-9A-HJ-NP-Za-km-z]{40,64}$/.test(multikey)) throw new Error('not a key');
  const coded = base58(multikey.slice(1));
  for (const algorithm of ALGORITHMS) {
    const { codec, length } = algorithm;
    if (coded.length === 2 + length && coded[0] === codec[0] && coded[1] === codec[1]) {
      return { algorithm, bytes: coded.slice(2), multikey };
    }
  }
  throw new Error('a key of an algorithm that is not known here');
}

/** SHA-256 of multicodec and key, 16 bytes in groups of four digits, for people. */
export async function fingerprint(key) {
  const code = key.algorithm.name === 'Ed25519' ? [0, 0xed] : [0x12, 0];
  return hex((await sha256(Uint8Array.from(code), key.bytes)).slice(0, 16)).replace(/(.{4})(?=.)/g, '$1 ');
}

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function power(base, exponent) {
  let result = 1n;
  for (let b = base % P, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
}

/** The whole point of a compressed one (SEC 1, section 2.3.4): browsers read no other form. */
function uncompressed(bytes) {
  const x = BigInt('0x' + hex(bytes.slice(1)));
  const square = (((x * x * x - 3n * x + B) % P) + P) % P;
  let y = power(square, (P + 1n) / 4n);
  if ((bytes[0] & 0xfe) !== 2 || x >= P || (y * y) % P !== square) throw new Error('not a point of the curve');
  if ((y & 1n) !== BigInt(bytes[0] & 1)) y = P - y;
  const digits = y.toString(16).padStart(64, '0');
  return concat(Uint8Array.of(4), bytes.slice(1), Uint8Array.from(digits.match(/../g), (d) => parseInt(d, 16)));
}

/** This browser cannot check signatures of that kind. */
export class Unsupported extends Error {}

/** Whether that key made that signature of 64 bytes. */
export async function verify(key, message, signature) {
  if (signature.length !== 64) return false;
  let known;
  try {
    known =
      key.algorithm.name === 'Ed25519'
        ? await crypto.subtle.importKey('raw', key.bytes, 'Ed25519', false, ['verify'])
        : await crypto.subtle.importKey('raw', uncompressed(key.bytes), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch (e) {
    if (e.name === 'NotSupportedError' || !globalThis.crypto?.subtle) throw new Unsupported(key.algorithm.name);
    return false;
  }
  const how = key.algorithm.name === 'Ed25519' ? 'Ed25519' : { name: 'ECDSA', hash: 'SHA-256' };
  return crypto.subtle.verify(how, known, signature, message);
}
