// Builds the console into the folder given: index.html, hashed scripts and styles.
// The same sources and the same esbuild give the same bytes; the test suite holds dist/ to that.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));
process.chdir(here);
mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) rmSync(join(out, old), { recursive: true });

const { metafile } = await build({
  entryPoints: { app: 'web/main.jsx', style: 'web/app.css' },
  outdir: join(out, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  target: ['chrome109', 'firefox115', 'safari16'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  logLevel: 'warning',
});

const named = (prefix, suffix) =>
  Object.keys(metafile.outputs)
    .map((path) => basename(path))
    .find((name) => name.startsWith(prefix) && name.endsWith(suffix));
const html = readFileSync('web/index.html', 'utf8')
  .replace('app.js', 'assets/' + named('app-', '.js'))
  .replace('app.css', 'assets/' + named('style-', '.css'));
writeFileSync(join(out, 'index.html'), html);
writeFileSync(join(out, 'icon.svg'), readFileSync('web/icon.svg', 'utf8'));
