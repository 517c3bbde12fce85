import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminPassword, api, launch, live, open, picture, signIn, url, visitor } from './lib/browser.mjs';
import { device, report } from './lib/device.mjs';

let browser, page;
const made = {};

before(async () => {
  browser = await launch();
  page = await visitor(browser);
});

after(async () => {
  await made.device?.endAsync(true);
  await browser?.close();
});

test('a stranger is sent to the sign-in page and a wrong password is refused in words', async () => {
  await page.goto(`${url}/things`);
  await page.waitForURL(/sign-in/);
  await page.locator('input[autocomplete=username]').fill('admin');
  await page.locator('input[autocomplete=current-password]').fill(`not ${adminPassword}`);
  await page.locator('form button[type=submit]').click();
  await page.locator('[role=alert]').waitFor();
});

test('the administrator signs in and sees the things', async () => {
  await signIn(page);
  assert.equal(await page.locator('h1').innerText(), 'Things');
});

test('a new thing is made by its form, and its lines to connect hold the password once', async () => {
  await page.getByRole('link', { name: 'New thing' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Roof station');
  await page.getByRole('combobox', { name: 'Region' }).fill('110105');
  await page.getByLabel('Latitude (°)').fill('39.982');
  await page.getByLabel('Longitude (°)').fill('116.397');
  await page.getByRole('button', { name: 'Add an identifier' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/tab=connect/);
  const line = await page.getByLabel('MQTT line').innerText();
  const [, id, password] = line.match(/-u (\S+) -P '([^']+)'/);
  Object.assign(made, { id, password });
  assert.match(line, /^mosquitto_pub -h \S+ -p \d+ -u \S+ -P '[^']+' -q 1 -t v1\/report -m '\{.*\}'$/);
  await page.getByText('Waiting for the first message…').waitFor();
});

test('the page says that the first message was received, without being loaded again', async () => {
  made.device = await device(made.id, made.password);
  await page.evaluate(() => { globalThis.neverReloaded = true; });
  assert.ok(await report(made.device, { temperature: 21.5, humidity: 40 }));
  await page.getByText('Received.').waitFor();
  assert.ok(await page.evaluate(() => globalThis.neverReloaded));
  await picture(page, 'connect-received');
});

test('the latest value changes live', async () => {
  await page.getByRole('link', { name: 'Values', exact: true }).click();
  await page.locator('.latest').getByText('21.5').waitFor();
  await page.evaluate(() => { globalThis.neverReloaded = true; });
  const before = performance.now();
  await report(made.device, { temperature: 23.25, humidity: 41 });
  await page.locator('.latest').getByText('23.25').waitFor();
  assert.ok(performance.now() - before < 2_000, `took ${performance.now() - before} ms`);
  await page.locator('.chart canvas').first().waitFor();
  assert.ok(await page.evaluate(() => globalThis.neverReloaded));
});

test('a broken message is refused by name, and the page says why with the bytes', async () => {
  await report(made.device, '{"temperature": 2');
  await page.getByRole('link', { name: 'Refused messages' }).first().click();
  await page.getByText('Broken JSON').first().waitFor();
  // Not that of the page being left, which shows the newest of them too.
  await page.locator('.refused:not(.refused-short) .reason summary').first().click();
  await page.getByText('{"temperature": 2').first().waitFor();
});

test('a thing without a model is given one of what was seen', async () => {
  await open(page, `/things/${made.id}`);
  await page.getByRole('link', { name: 'Make a model of what was seen' }).click();
  await page.getByRole('button', { name: 'Make the model' }).click();
  await page.waitForURL(new RegExp(`/things/${made.id}$`));
  const thing = await api('GET', `/things/${made.id}`);
  assert.ok(thing.model);
});

test('language and theme are changed in the header and kept', async () => {
  await open(page, '/things');
  await page.locator('summary[aria-label="Language"]').click();
  await page.getByRole('button', { name: '繁體中文' }).click();
  await page.waitForFunction(() => document.documentElement.lang === 'zh-Hant');
  await live(page);
  assert.equal(await page.locator('h1').innerText(), '物');
  await page.locator('summary[aria-label="明暗"]').click();
  await page.getByRole('button', { name: '暗色' }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hant');
  await live(page);
  await page.locator('summary[aria-label="語言"]').click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.waitForFunction(() => document.documentElement.lang === 'en');
});

test('Ctrl-K finds a thing by a part of its name', async () => {
  await open(page, '/things');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('roof');
  await page.locator('.overlay-list a', { hasText: 'Roof station' }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/things\/[^?]+$/);
});

test('the page can be worked by keyboard alone: skip link first, focus always visible', async () => {
  await open(page, '/things');
  await page.locator('body').focus();
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.className), /skip-link/);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

test('signing out ends it', async () => {
  await open(page, '/things');
  await page.locator('summary.person').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/sign-in/);
  await page.goto(`${url}/things`);
  await page.waitForURL(/sign-in/);
});
