import assert from 'node:assert/strict';
import { test } from 'node:test';
import decoder from 'jsqr';
import { qr } from '../web/trust/qr.js';

/** Read back by a decoder that knows nothing of the encoder: 4 pixels a module, 4 modules of quiet zone. */
function read(rows) {
  const n = (rows.length + 8) * 4;
  const pixels = new Uint8ClampedArray(n * n * 4).fill(255);
  rows.forEach((row, y) => row.forEach((dark, x) => {
    if (!dark) return;
    for (let i = 0; i < 16; i++) {
      const at = (((y + 4) * 4 + (i >> 2)) * n + (x + 4) * 4 + (i & 3)) * 4;
      pixels[at] = pixels[at + 1] = pixels[at + 2] = 0;
    }
  }));
  return (decoder.default ?? decoder)(pixels, n, n)?.data;
}

test('every version is read back', () => {
  const card = 'commonshub:did:webvh:QmVmQ8n5zYx4m1JmQ7wLr9oXy1cGf3kH2tBvN6pRsZaXwE:hub.local?key=z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
  for (const length of [1, 14, 15, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666, 711, 779, 857, 911, 997]) {
    const text = card.repeat(9).slice(0, length);
    assert.equal(read(qr(text)), text, length + ' bytes');
  }
  assert.equal(read(qr(card)), card);
  assert.equal(read(qr('è ü ñ')), 'è ü ñ');
});

test('what does not fit is not drawn', () => {
  assert.equal(qr('x'.repeat(998)), null);
  assert.equal(qr('x'.repeat(213)).length, 57);
});
