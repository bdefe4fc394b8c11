// QR codes (ISO/IEC 18004) of up to 997 bytes: byte mode, error correction M, versions 1 to 25.

/** Data codewords in all, check codewords per block, blocks; by version (table 9). */
const SHAPES = [
  [16, 10, 1], [28, 16, 1], [44, 26, 1], [64, 18, 2], [86, 24, 2],
  [108, 16, 4], [124, 18, 4], [154, 22, 4], [182, 22, 5], [216, 26, 5],
  [254, 30, 5], [290, 22, 8], [334, 22, 9], [365, 24, 9], [415, 24, 10],
  [453, 28, 10], [507, 28, 11], [563, 26, 13], [627, 26, 14], [669, 26, 16],
  [714, 26, 17], [782, 28, 17], [860, 28, 18], [914, 28, 20], [1000, 28, 21],
];
/** Centres of alignment patterns (annex E). */
const ALIGNMENT = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
  [6, 30, 54], [6, 32, 58], [6, 34, 62], [6, 26, 46, 66], [6, 26, 48, 70], [6, 26, 50, 74], [6, 30, 54, 78], [6, 30, 56, 82], [6, 30, 58, 86], [6, 34, 62, 90],
  [6, 28, 50, 72, 94], [6, 26, 50, 74, 98], [6, 30, 54, 78, 102], [6, 28, 54, 80, 106], [6, 32, 58, 84, 110],
];

// GF(256) with x⁸ + x⁴ + x³ + x² + 1.
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = (x << 1) ^ (x & 128 ? 0x11d : 0);
}

/** Check codewords of a block: the remainder by Π (x − 2ⁱ). */
function remainder(data, n) {
  let generator = [1];
  for (let i = 0; i < n; i++) {
    const next = new Array(generator.length + 1).fill(0);
    generator.forEach((c, j) => {
      next[j] ^= c;
      if (c) next[j + 1] ^= EXP[LOG[c] + i];
    });
    generator = next;
  }
  const rest = [...data, ...new Array(n).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const lead = rest[i];
    if (lead) generator.forEach((c, j) => (rest[i + j] ^= EXP[LOG[lead] + LOG[c]]));
  }
  return rest.slice(data.length);
}

function codewords(bytes, version) {
  const [total, checks, blocks] = SHAPES[version - 1];
  const lengthBits = version < 10 ? 8 : 16;
  let bits = (4).toString(2).padStart(4, '0') + bytes.length.toString(2).padStart(lengthBits, '0');
  for (const b of bytes) bits += b.toString(2).padStart(8, '0');
  bits += '0'.repeat(Math.min(4, total * 8 - bits.length));
  bits += '0'.repeat((8 - (bits.length % 8)) % 8);
  const data = bits.match(/.{8}/g).map((b) => parseInt(b, 2));
  for (let pad = 0xec; data.length < total; pad ^= 0xfd) data.push(pad);
  // The first blocks are the shorter ones.
  const short = Math.floor(total / blocks);
  const split = [];
  for (let i = 0, at = 0; i < blocks; i++) {
    const length = short + (i >= blocks - (total % blocks) ? 1 : 0);
    split.push(data.slice(at, (at += length)));
  }
  const proofs = split.map((block) => remainder(block, checks));
  const mixed = [];
  for (let i = 0; i <= short; i++) for (const block of split) if (i < block.length) mixed.push(block[i]);
  for (let i = 0; i < checks; i++) for (const block of proofs) mixed.push(block[i]);
  return mixed;
}

const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/** Remainder of a BCH code, appended. */
function bch(value, bits, generator) {
  const size = 31 - Math.clz32(generator);
  let rest = value << size;
  for (let i = bits - 1; i >= 0; i--) if ((rest >> (i + size)) & 1) rest ^= generator << i;
  return (value << size) | rest;
}

/** Fixed patterns: what is set, and what belongs to them. */
function frame(version) {
  const n = 17 + 4 * version;
  const dark = Array.from({ length: n }, () => new Array(n).fill(false));
  const fixed = Array.from({ length: n }, () => new Array(n).fill(false));
  const set = (x, y, on) => {
    if (x < 0 || y < 0 || x >= n || y >= n) return;
    dark[y][x] = on;
    fixed[y][x] = true;
  };
  const square = (cx, cy, reach, isDark) => {
    for (let y = -reach; y <= reach; y++)
      for (let x = -reach; x <= reach; x++) set(cx + x, cy + y, isDark(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (let i = 0; i < n; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [n - 4, 3], [3, n - 4]]) square(x, y, 4, (d) => d !== 2 && d !== 4);
  const centres = ALIGNMENT[version - 1];
  const last = centres.length - 1;
  centres.forEach((x, i) => centres.forEach((y, j) => {
    if (!((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))) square(x, y, 2, (d) => d !== 1);
  }));
  for (let i = 0; i < 9; i++) {
    if (i !== 6) {
      set(8, i, false);
      set(i, 8, false);
    }
    if (i < 8) {
      set(n - 1 - i, 8, false);
      set(8, n - 1 - i, false);
    }
  }
  if (version >= 7) {
    const info = bch(version, 6, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const [a, b] = [Math.floor(i / 3), n - 11 + (i % 3)];
      set(a, b, ((info >> i) & 1) === 1);
      set(b, a, ((info >> i) & 1) === 1);
    }
  }
  return { n, dark, fixed, set };
}

function format({ n, set }, mask) {
  // Level M is 00; the format is masked with 101010000010010 (section 7.9.1).
  const info = bch(mask, 5, 0x537) ^ 0x5412;
  const bit = (i) => ((info >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    const first = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8];
    const second = i < 8 ? [n - 1 - i, 8] : [8, n - 15 + i];
    set(...first, bit(i));
    set(...second, bit(i));
  }
  set(8, n - 8, true);
}

function place({ n, dark, fixed }, data) {
  let i = 0;
  for (let right = n - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < n; step++) {
      const y = ((right + 1) & 2) === 0 ? n - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (!fixed[y][x]) {
          dark[y][x] = i < data.length * 8 && ((data[i >> 3] >> (7 - (i & 7))) & 1) === 1;
          i++;
        }
      }
    }
  }
}

/** How hard a picture is to read (section 7.8.3). */
function penalty(dark) {
  const n = dark.length;
  const lines = [...dark, ...dark.map((_, x) => dark.map((row) => row[x]))].map((line) => line.map((d) => (d ? '1' : '0')).join(''));
  let sum = 0;
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= n; i++) if (/^(10111010000|00001011101)$/.test(line.substr(i, 11))) sum += 40;
  }
  let on = 0;
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      on += dark[y][x];
      if (x && y && dark[y][x] === dark[y - 1][x] && dark[y][x] === dark[y][x - 1] && dark[y][x] === dark[y - 1][x - 1]) sum += 3;
    }
  return sum + 10 * Math.floor(Math.abs((on * 20) / (n * n) - 10));
}

/** Rows of modules, true is dark; null if the text is too long. */
export function qr(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + SHAPES.findIndex(([total], i) => bytes.length + (i < 9 ? 2 : 3) <= total);
  if (!version) return null;
  const data = codewords(bytes, version);
  let best = null;
  for (let mask = 0; mask < 8; mask++) {
    const picture = frame(version);
    format(picture, mask);
    place(picture, data);
    picture.dark.forEach((row, y) => row.forEach((d, x) => {
      if (!picture.fixed[y][x] && MASKS[mask](x, y) === 0) row[x] = !d;
    }));
    const cost = penalty(picture.dark);
    if (!best || cost < best.cost) best = { cost, dark: picture.dark };
  }
  return best.dark;
}
