// A QR code as one path, always dark on light: scanners need it so.
import { qr } from './qr.js';

export function QrCode({ text, label }) {
  const rows = qr(text);
  if (!rows) return null;
  const size = rows.length + 8;
  const path = rows.map((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join('')).join('');
  return (
    <svg class={'qr' + (size > 70 ? ' big' : '')} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
