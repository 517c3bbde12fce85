import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, live, open, organisation, picture, signIn, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
let browser, page, state;

before(async () => {
  await api('POST', '/organisations', { id: 'tree-city', name: { 'zh-Hant': '樹城市政府', 'zh-Hans': '树城市政府', en: 'City of Trees' }, uscc: '91110000802100433B', sector: 'city' }).catch(() => {});
  await api('POST', '/organisations', { id: 'tree-water', name: { 'zh-Hant': '水務局', 'zh-Hans': '水务局', en: 'Water bureau of Trees' }, parent: 'tree-city', sector: 'water' }).catch(() => {});
  await api('POST', '/organisations', { id: 'tree-parks', name: { 'zh-Hant': '園林局', 'zh-Hans': '园林局', en: 'Parks bureau of Trees' }, parent: 'tree-city' }).catch(() => {});
  await api('POST', '/organisations', { id: 'tree-east', name: { 'zh-Hant': '東區所', 'zh-Hans': '东区所', en: 'Eastern office of Trees' }, parent: 'tree-water' }).catch(() => {});
  await organisation('tree-a-name-that-is-far-too-long-for-any-column-and-goes-on-and-on-and-on-without-an-end', 'tree-city');
  await api('POST', '/things', { name: 'Tree pump', organisation: 'tree-east', region: '110105' });
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

test('the tree is opened, an organisation chosen, and the address alone brings it back', async () => {
  await open(page, '/organisations');
  await page.getByRole('button', { name: 'Organisations below City of Trees' }).click();
  await page.getByRole('link', { name: 'Water bureau of Trees' }).click();
  await page.waitForURL(/at=tree-water/);
  await page.getByRole('heading', { name: 'Water bureau of Trees' }).waitFor();
  await page.goto(page.url());
  await live(page);
  await page.getByRole('heading', { name: 'Water bureau of Trees' }).waitFor();
  assert.equal(await page.locator('.facts a').innerText(), String((await api('GET', '/organisations/tree-water')).thingsWithin));
});

test('search finds by words and shows where what is found stands', async () => {
  await open(page, '/organisations');
  await page.getByLabel('Name, id or credit code').fill('eastern office');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=eastern/);
  await page.locator('.organisation-tree tbody tr', { hasText: 'Eastern office of Trees' }).getByText('City of Trees › Water bureau of Trees').waitFor();
});

test('one is made below another, renamed, moved with what hangs on it, and removed', async () => {
  await open(page, '/organisations?at=tree-parks');
  await page.getByRole('link', { name: 'Add one below' }).click();
  await page.getByLabel('Name (English)').fill('Playgrounds of Trees');
  await page.getByLabel('Unified social credit code').fill('91110000802100433A');
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await page.getByText(/check digit/i).waitFor();
  await page.getByLabel('Unified social credit code').fill('');
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await page.waitForURL(/at=Playgrounds/);
  await page.getByRole('heading', { name: 'Playgrounds of Trees' }).waitFor();

  await page.getByLabel('Name (English)').fill('Play of Trees');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Play of Trees' }).waitFor();

  await page.getByRole('combobox', { name: 'Belongs to' }).fill('water bureau of');
  await page.getByRole('option', { name: /Water bureau of Trees/ }).waitFor();
  await page.getByRole('combobox', { name: 'Belongs to' }).press('Enter');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Water bureau of Trees' }).waitFor();
  assert.equal((await api('GET', '/organisations/Playgrounds%20of%20Trees')).organisation.parent, 'tree-water');

  await page.getByLabel('Remove this organisation').fill('Play of Trees');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('Choose an organisation to see what it is').waitFor();
  await open(page, '/organisations?at=tree-water');
  await page.getByLabel('Remove this organisation').fill('Water bureau of Trees');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText(/Organisations below it: 1/).waitFor();
});

test('a thing gets its organisation and its region by name', async () => {
  await open(page, '/things/new');
  await page.getByLabel('Name', { exact: true }).fill('Picked gauge');
  await page.getByRole('combobox', { name: 'Organisation' }).fill('eastern');
  await page.getByRole('option', { name: /Eastern office of Trees/ }).click();
  await page.getByRole('combobox', { name: 'Region' }).fill('北京 朝阳');
  await page.getByRole('option', { name: /朝陽區/ }).first().waitFor();
  await picture(page, 'organisation-picker');
  await page.getByRole('combobox', { name: 'Region' }).press('Enter');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/things\/[0-9a-z]{26}/);
  const id = page.url().match(/things\/([0-9a-z]{26})/)[1];
  const made = await api('GET', `/things/${id}`);
  assert.deepEqual([made.organisation, made.region], ['tree-east', '110105']);
  await open(page, '/things?organisation=tree-city&columns=name,organisation,region');
  await page.locator('.list tbody tr', { hasText: 'Picked gauge' }).first().getByText('Eastern office of Trees').waitFor();
});

for (const language of languages)
  for (const width of [1440, 390])
    test(`the organisations in ${language} at ${width} fit, and axe finds nothing`, async () => {
      const narrow = await visitor(browser, { language, width, state });
      for (const [name, address] of [['organisations', '/organisations?at=tree-east'], ['organisations-new', '/organisations?new=tree-water'], ['organisations-none', '/organisations?q=nobody-of-this-name']]) {
        await open(narrow, address);
        await narrow.locator('.organisations').waitFor();
        assert.deepEqual(await findings(narrow), []);
        assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${address} overflows at ${width}`);
        await picture(narrow, `${name}-${language}-${width}`);
      }
      assert.deepEqual(narrow.faults, []);
      await narrow.context().close();
    });
