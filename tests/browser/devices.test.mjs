import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, signIn, sweep, url, visitor } from './lib/browser.mjs';

// First contact as operators see it: keys with which devices register themselves, who waits, who is banned.
let browser, page, state, key;
const mark = Date.now().toString(36);

before(async () => {
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

const region = name => page.getByRole('region', { name, exact: true });

// What a device does at first contact.
async function contact(identifier) {
  return fetch(`${url}/api/v1/register`, { method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${identifier}:${key}`).toString('base64')}`, 'content-type': 'application/json' }, body: '{}' });
}

test('a registration key is made, is shown once, and lets in what its pattern and approval say', async () => {
  await open(page, '/things/keys');
  const form = region('New registration key');
  await form.getByLabel('Name', { exact: true }).fill(`Weirs ${mark}`);
  await form.getByLabel('At most so many things').fill('many');
  await form.getByRole('button', { name: 'Make key' }).click();
  await form.getByText('Expected a number.').waitFor();
  await form.getByLabel('At most so many things').fill('5');
  await form.getByLabel('Identifiers that may').fill(`weir-${mark}-*`);
  await form.getByLabel('Each has to be let in by somebody').check();
  await form.getByRole('button', { name: 'Make key' }).click();
  await form.getByText('The key is shown here this once.').waitFor();
  key = await form.getByLabel('Registration key', { exact: true }).innerText();
  assert.match(key, /^wanwukey_/);
  await page.getByRole('row', { name: new RegExp(`Weirs ${mark}.*approval.*0 / 5`) }).waitFor();
  assert.equal((await contact(`elsewhere-${mark}`)).status, 403);
  assert.equal((await contact(`weir-${mark}-1`)).status, 202);
  assert.equal((await contact(`weir-${mark}-2`)).status, 202);
});

test('a device that waits is let in, and has its password from then on', async () => {
  await open(page, '/things/unknown');
  await page.getByRole('row', { name: new RegExp(`weir-${mark}-1.*waits for approval`) }).getByRole('button').click();
  const decide = region(`Decide about weir-${mark}-1`);
  await decide.getByLabel('Thing that it is').fill('no id');
  await decide.getByRole('button', { name: 'Let in' }).click();
  await decide.getByText('This is not the id of a thing.').waitFor();
  await decide.getByLabel('Thing that it is').fill('');
  await decide.getByLabel('Name', { exact: true }).fill(`Weir one ${mark}`);
  await decide.getByRole('button', { name: 'Let in' }).click();
  await page.getByRole('link', { name: 'See the thing' }).click();
  await page.getByRole('heading', { name: `Weir one ${mark}` }).waitFor();
  assert.equal((await contact(`weir-${mark}-1`)).status, 201);
});

test('another is banned with a reason, which it is told, until the ban is ended', async () => {
  await open(page, '/things/unknown');
  await page.getByRole('row', { name: new RegExp(`weir-${mark}-2`) }).getByRole('button').click();
  const decide = region(`Decide about weir-${mark}-2`);
  await decide.getByRole('button', { name: 'Ban', exact: true }).click();
  await decide.getByText('A reason is needed.').waitFor();
  await decide.getByLabel('Reason').fill('stolen from the store');
  await decide.getByRole('button', { name: 'Ban', exact: true }).click();
  const ban = region('Bans').getByRole('row', { name: new RegExp(`weir-${mark}-2.*stolen from the store`) });
  await ban.waitFor();
  await region('Bans').getByRole('columnheader', { name: 'Banned by' }).waitFor();
  const refused = await contact(`weir-${mark}-2`);
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /stolen from the store/);
});

test('keys and unknown devices read in three languages on wide and narrow screens', async () => {
  await contact(`weir-${mark}-3`);
  assert.deepEqual(await sweep(browser, state, [['unknown', '/things/unknown'], ['keys', '/things/keys']], {
    ready: async (seen, name) => {
      if (name !== 'unknown') return;
      await seen.getByRole('row', { name: new RegExp(`weir-${mark}-3`) }).getByRole('button').click();
      await seen.locator('#ban-reason').waitFor();
    },
  }), []);
});

test('ban and key are ended, and open and close the door at once', async () => {
  await open(page, '/things/unknown');
  await page.getByRole('button', { name: `End the ban of weir-${mark}-2` }).click();
  await region('Bans').getByText(`weir-${mark}-2`).waitFor({ state: 'detached' });
  assert.equal((await contact(`weir-${mark}-2`)).status, 202);
  await open(page, '/things/keys');
  await page.getByRole('button', { name: `End the key Weirs ${mark}` }).click();
  await page.getByRole('row', { name: new RegExp(`Weirs ${mark}`) }).waitFor({ state: 'detached' });
  assert.equal((await contact(`weir-${mark}-2`)).status, 401);
});
