// Merkle trees over SHA-256 as RFC 9162, section 2.1, has them.
import { equal } from './cbor.js';
import { sha256 } from './keys.js';

export const leafHash = (data) => sha256(Uint8Array.of(0), data);
const node = (left, right) => sha256(Uint8Array.of(1), left, right);

/** Whether a path leads from a leaf's hash to a root (section 2.1.3.2). */
export async function included(leaf, index, size, path, root) {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if (path.some((hash) => hash.length !== 32)) return false;
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let hash = leaf;
  for (const sibling of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = await node(sibling, hash);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = await node(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(hash, root);
}
