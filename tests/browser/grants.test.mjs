import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, open, organisation, picture, signIn, visitor } from './lib/browser.mjs';

let browser, page, state, thing, program;

before(async () => {
  await organisation('grants-test');
  browser = await launch();
  thing = await api('POST', '/things', { name: 'Granted gauge', organisation: 'grants-test' });
  program = await api('POST', '/tokens', { name: 'granted reader', role: 'viewer' });
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

const heading = name => page.getByRole('region', { name });

test('the question who may do what is answered with the grant that gives it', async () => {
  await open(page, '/settings/access');
  const ask = heading('May they, and why?');
  await ask.getByLabel('Who', { exact: true }).selectOption('program');
  await ask.getByLabel('Name or id').fill(program.id);
  await ask.getByLabel('Do what').selectOption('ReadObservations');
  await ask.getByLabel('Thing (id; empty: any)').fill(thing.id);
  await ask.getByRole('button', { name: 'Ask' }).click();
  await ask.getByText('Yes.').waitFor();
  await ask.getByText('Sees values in clear up to class Internal. Personal values are masked.').waitFor();
  await ask.getByLabel('Do what').selectOption('ChangeThings');
  await ask.getByRole('button', { name: 'Ask' }).click();
  await ask.getByText('None of their roles gives it.').waitFor();
});

test('a role is granted over a branch, is in the list, and is ended', async () => {
  const make = heading('Grant a role');
  await make.getByLabel('To', { exact: true }).selectOption('program');
  await make.getByLabel('Name or id').fill(program.id);
  await make.getByLabel('Role').selectOption('integrator');
  await make.getByRole('combobox', { name: 'Organisation' }).fill('no such');
  await make.getByRole('button', { name: 'Grant', exact: true }).click();
  await make.getByText('There is no such organisation.').waitFor();
  await make.getByRole('combobox', { name: 'Organisation' }).fill('grants-test');
  await make.getByLabel('Sees in clear up to').selectOption('important');
  await make.getByLabel('Purpose').fill('Billing of heat');
  await make.getByRole('button', { name: 'Grant', exact: true }).click();
  await make.getByText('Choose the legal basis as well.').waitFor();
  await make.getByLabel('Legal basis').selectOption('contract');
  await make.getByRole('button', { name: 'Grant', exact: true }).click();
  await make.getByText(/is granted to/).waitFor();
  const row = page.getByRole('row', { name: /granted reader.*grants-test.*Important.*Billing of heat/ });
  await row.waitFor();
  assert.equal((await api('GET', `/grants?program=${program.id}`)).items.length, 2);
  await row.getByRole('button').click();
  await row.waitFor({ state: 'detached' });
  assert.equal((await api('GET', `/grants?program=${program.id}`)).items.length, 1);
});

test('the page reads in three languages on wide and narrow screens', async () => {
  for (const language of ['zh-Hant', 'zh-Hans', 'en'])
    for (const width of [1440, 390]) {
      const other = await visitor(browser, { language, width, state });
      await open(other, '/settings/access');
      assert.deepEqual(await findings(other), []);
      assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${language} ${width}`);
      await picture(other, `access-${language}-${width}`);
      await other.context().close();
    }
});
