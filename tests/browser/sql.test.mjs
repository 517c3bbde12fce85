import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, open, picture, signIn, visitor } from './lib/browser.mjs';

let browser, page, state, pump, tank;

before(async () => {
  browser = await launch();
  pump = await reporting('Pump 1', 'flow', 20);
  tank = await reporting('Tank 7', 'level', 3);
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(async () => { await browser?.close(); });

// A thing that has reported one property every ten minutes of the last day.
async function reporting(name, property, about) {
  const thing = await api('POST', '/things', { name, region: '440300' });
  const now = Math.floor(Date.now() / 600_000) * 600_000;
  const reports = Array.from({ length: 140 }, (_, i) => ({ t: new Date(now - (140 - i) * 600_000).toISOString(), values: { [property]: about + Math.sin(i / 9) * about / 4 } }));
  await api('POST', `/things/${thing.id}/report`, reports);
  return thing;
}

async function write(text) {
  await page.getByRole('textbox', { name: 'Query' }).fill(text);
}

const run = () => page.getByRole('button', { name: /^Run/ }).click();

test('an example runs, as a table and as a chart', async () => {
  await page.getByRole('link', { name: 'Data' }).click();
  await page.waitForURL(/\/sql$/);
  await run();
  await page.getByRole('status').filter({ hasText: /\d+ rows · .* s/ }).waitFor();
  await page.getByRole('cell', { name: 'flow' }).first().waitFor();
  await page.getByRole('button', { name: 'Chart' }).click();
  await page.locator('.chart canvas').first().waitFor();
  await picture(page, 'sql-chart');
});

test('Ctrl+Enter runs what is written, and a name from the list goes in at the cursor', async () => {
  await write("SELECT  FROM things WHERE name IN ('Pump 1', 'Tank 7') ORDER BY name");
  const field = page.getByRole('textbox', { name: 'Query' });
  await field.evaluate(text => text.setSelectionRange(7, 7));
  await page.locator('summary', { hasText: 'things' }).click();
  await page.locator('details', { hasText: 'The things you may see' }).getByRole('button', { name: /^name/ }).click();
  assert.equal(await field.inputValue(), "SELECT name FROM things WHERE name IN ('Pump 1', 'Tank 7') ORDER BY name");
  await field.press('Control+Enter');
  await page.getByRole('cell', { name: 'Pump 1' }).waitFor();
  await page.getByRole('cell', { name: 'Tank 7' }).waitFor();
});

test('a parameter is asked for, and what is wrong is told with its place', async () => {
  await write('SELECT count(*) AS n FROM observations WHERE thing = $thing');
  await page.getByRole('textbox', { name: 'Query' }).blur();
  await page.getByLabel('$thing').fill(tank.id);
  await run();
  await page.getByRole('cell', { name: '140' }).waitFor();
  await write('SELECT *\nFROM refused');
  await run();
  await page.getByRole('alert').getByText('2:6').waitFor();
});

test('a query that goes on is cancelled', async () => {
  await write('SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range < 0');
  await run();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('The query was cancelled.').waitFor();
});

test('the answer is saved as CSV', async () => {
  await write('SELECT 1 AS one, \'x,y\' AS text');
  await run();
  await page.getByRole('cell', { name: 'x,y' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV', exact: true }).click()]);
  assert.equal(download.suggestedFilename(), 'query.csv');
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), 'one,text\r\n1,"x,y"\r\n');
});

test('a query is kept, shared, changed and removed', async () => {
  await write('SELECT name FROM things WHERE region = $region');
  await page.getByRole('textbox', { name: 'Query' }).blur();
  await page.getByLabel('$region').fill('\'440300\'');
  await page.getByLabel('Name', { exact: true }).fill('Things of Shenzhen');
  await page.getByLabel('Shared with all who may ask').check();
  await page.getByRole('button', { name: 'Save as mine' }).click();
  await page.waitForURL(/sql\?query=/);
  await page.getByRole('heading', { name: 'Things of Shenzhen' }).waitFor();
  await page.locator('.chip', { hasText: 'Shared' }).waitFor();
  const [kept] = (await api('GET', '/sql/queries')).items;
  assert.deepEqual([kept.name, kept.shared, kept.mine, kept.parameters.region], ['Things of Shenzhen', true, false, '\'440300\'']);
  await page.getByLabel('Name', { exact: true }).fill('Shenzhen');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL(/\/sql$/);
  assert.deepEqual((await api('GET', '/sql/queries')).items, []);
});

for (const [language, theme, width] of [['zh-Hant', 'dark', 1440], ['zh-Hans', 'light', 1440], ['en', 'light', 390], ['zh-Hant', 'dark', 390]]) {
  test(`the page is sound in ${language}, ${theme}, at ${width}`, async () => {
    const other = await visitor(browser, { language, theme, width, height: width === 390 ? 844 : 900, state });
    await open(other, '/sql');
    await other.locator('[data-sql-run]').click();
    await other.locator('.sql-table td').first().waitFor();
    await picture(other, `sql-${language}-${theme}-${width}`);
    assert.deepEqual(await findings(other), []);
    assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing stands out at the side');
    await other.locator('.sql-result-head .segments button').last().click();
    await other.locator('.chart canvas').first().waitFor();
    await picture(other, `sql-chart-${language}-${theme}-${width}`);
    assert.deepEqual(other.faults, []);
    await other.context().close();
  });
}

test('the console of the browser stayed silent', () => assert.deepEqual(page.faults, []));
