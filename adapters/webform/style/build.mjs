// Makes the style sheet of the forms: of Bootstrap Italia, the rules that the templates use, and its typeface.
//   deploy/scripts/webform-style
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { PurgeCSS } from 'purgecss';

const from = new URL('node_modules/bootstrap-italia/', import.meta.url).pathname;
const to = new URL('../assets/', import.meta.url).pathname;
const templates = new URL('../templates/*.html', import.meta.url).pathname;

const [{ css }] = await new PurgeCSS().purge({
  content: [templates],
  css: [`${from}dist/css/bootstrap-italia.min.css`],
  defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
  fontFace: true,
  keyframes: true,
});
await writeFile(`${to}bootstrap-italia.css`, `${css.replace(/^\uFEFF/, '').trim()}\n`);
for (const weight of ['regular', '600', '700']) {
  await copyFile(
    `${from}dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-${weight}.woff2`,
    `${to}titillium-web-${weight}.woff2`,
  );
}
await copyFile(`${from}LICENSE`, `${to}LICENSE.bootstrap-italia`);
await writeFile(`${to}LICENSE.titillium-web`, await readFile(`${from}dist/fonts/Titillium_Web/OFL.txt`));
