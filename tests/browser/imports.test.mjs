import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api, artifacts, findings, launch, open, picture, signIn, visitor } from './lib/browser.mjs';

let browser, page, state, thing;

before(async () => {
  browser = await launch();
  thing = await api('POST', '/things', { name: { 'zh-Hant': '舊資料站', 'zh-Hans': '旧数据站', en: 'Archive station' } });
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

test('a file is sent, tried, imported, and what was refused can be had', async () => {
  const file = path.join(artifacts, 'archive.csv');
  writeFileSync(file, 'time,level,No\n2026-01-01 08:00,1.5,1\n2026-01-01 09:00,2.5,2\nsoon,3,3\n');
  await open(page, '/things/imports');
  await page.getByLabel('File').setInputFiles(file);
  await page.getByRole('button', { name: 'Send the file' }).click();
  await page.waitForURL(/things\/imports\/[0-9a-f]{32}$/);
  await open(page, new URL(page.url()).pathname);
  await page.getByRole('button', { name: 'Try it, without writing' }).click();
  await page.getByText('Name the thing').waitFor();
  await page.getByLabel('Thing', { exact: true }).fill(thing.id);
  await page.getByLabel('Zone of times without one').fill('Asia/Shanghai');
  await page.getByRole('button', { name: 'Try it, without writing' }).click();
  await page.getByText('3 lines, 2 observations: 2 new, 0 there already; 0 fields without a value.').waitFor();
  await page.getByText('Unreadable time').waitFor();
  await picture(page, 'import-tried');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.locator('.chip', { hasText: 'done' }).waitFor();
  await page.getByRole('link', { name: 'What was refused (CSV)' }).waitFor();
  const series = await api('GET', `/things/${thing.id}/series/level`);
  assert.deepEqual(series.items.map(item => [item.t, item.value]), [['2026-01-01T00:00:00Z', 1.5], ['2026-01-01T01:00:00Z', 2.5]]);
});

for (const [language, theme, width] of [['en', 'light', 1440], ['zh-Hant', 'dark', 1440], ['zh-Hans', 'light', 390]]) {
  test(`the pages read well in ${language}, ${theme}, ${width} wide`, async () => {
    const other = await visitor(browser, { language, theme, width, height: 844, state });
    await open(other, '/things/imports');
    await other.locator('tbody a').first().waitFor();
    await picture(other, `imports-${language}-${width}`);
    assert.deepEqual(await findings(other), []);
    await open(other, new URL(page.url()).pathname);
    await picture(other, `import-${language}-${width}`);
    assert.deepEqual(await findings(other), []);
    assert.deepEqual(other.faults, []);
    assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'the page is wider than the window');
    await other.context().close();
  });
}
