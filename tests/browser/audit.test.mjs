import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminName, adminPassword, api, findings, launch, open, organisation, picture, signIn, url, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
let browser, page, state, thing;

before(async () => {
  await organisation('audit-test');
  browser = await launch();
  thing = await api('POST', '/things', { name: 'Audited gauge', region: '440300', lifecycle: 'inService' });
  await api('POST', `/things/${thing.id}/report`, [{ values: { level: 3.5 } }]);
  page = await visitor(browser);
});

after(() => browser?.close());

// The newest record that a query finds.
const newest = async query => (await api('GET', `/audit?limit=1&${query}`)).items[0]?.event;

// What whoever sits at the browser does is told to be of this person and from there.
function assertByPerson(event) {
  assert.deepEqual([event.result, event.who.kind, event.who.name, event.address, event.door], ['done', 'person', adminName, '127.0.0.1', 'console']);
}

test('a wrong password and a sign-in are records, with who and from where', async () => {
  await page.goto(`${url}/things`);
  await page.locator('input[autocomplete=username]').fill(adminName);
  await page.locator('input[autocomplete=current-password]').fill(`not ${adminPassword}`);
  await page.locator('form button[type=submit]').click();
  await page.locator('[role=alert]').waitFor();
  await signIn(page);
  state = await page.context().storageState();
  assertByPerson(await newest('action=session.begin&result=done'));
  const refused = await newest('action=session.begin&result=refused');
  assert.deepEqual([refused.who.name, refused.address, refused.door], [adminName, '127.0.0.1', 'console']);
  assert.ok(refused.reason);
});

test('a thing changed and a model made on a page are records, before and after', async () => {
  await open(page, `/things/${thing.id}?tab=details`);
  await page.getByRole('button', { name: /Under repair/ }).click();
  await page.getByRole('button', { name: /Under repair/ }).waitFor({ state: 'detached' });
  const change = await newest(`action=thing.change&object=${thing.id}`);
  assertByPerson(change);
  assert.deepEqual(change.changes.lifecycle, { before: 'InService', after: 'UnderRepair' });
  assert.equal(change.object.name, 'Audited gauge');
  await open(page, `/things/${thing.id}/make-model`);
  await page.getByRole('button', { name: 'Make the model' }).click();
  await page.waitForURL(new RegExp(`/things/${thing.id}$`));
  const model = await newest('action=model.create');
  assertByPerson(model);
  const given = await newest(`action=thing.change&object=${thing.id}`);
  assert.equal(given.changes.modelId.after, model.object.id);
});

test('a token made on a page is a record without the token', async () => {
  await open(page, '/settings');
  await page.getByLabel('Name', { exact: true }).fill('Audited token');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const secret = await page.locator('text=/wanwu_[A-Za-z0-9_-]+/').first().innerText();
  const made = await newest('action=token.create&q=Audited+token');
  assertByPerson(made);
  assert.equal(made.changes.name.after, 'Audited token');
  assert.ok(!JSON.stringify(made).includes(secret.match(/wanwu_[A-Za-z0-9_-]+/)[0]));
});

test('a retention policy changed on a page is a record', async () => {
  await open(page, '/storage');
  await page.getByRole('button', { name: 'New policy' }).click();
  await page.getByLabel('Organisation', { exact: true }).first().fill('audit-test');
  await page.getByLabel('Kept', { exact: true }).fill('3');
  await page.getByRole('button', { name: 'Show what it does' }).click();
  await page.getByRole('button', { name: 'Make the change' }).click();
  const row = page.locator('.policies tr', { hasText: 'organisation audit-test' });
  await row.waitFor();
  const made = await newest('action=retentionPolicy.create&object=audit-test');
  assertByPerson(made);
  assert.equal(made.changes.revision.after, '1');
  await row.getByRole('button', { name: 'Take back' }).click();
  await row.waitFor({ state: 'detached' });
  const taken = await newest('action=retentionPolicy.change&object=audit-test');
  assertByPerson(taken);
  assert.deepEqual(taken.changes.revision, { before: '1', after: '2' });
});

test('what a page does beside the registry is a record', async () => {
  await open(page, '/storage');
  await page.getByRole('button', { name: 'Compact now' }).click();
  await page.getByText(/became cold/).waitFor();
  assertByPerson(await newest('action=data.compact'));
});

test('records are filtered and opened, with what was before and after', async () => {
  await open(page, '/audit');
  await page.getByLabel('Object', { exact: true }).fill(thing.id);
  await page.getByRole('combobox', { name: 'Result' }).selectOption('done');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.waitForURL(/object=/);
  const detail = page.locator('.audit-detail', { hasText: 'Audited gauge' });
  // The address changes before the rows do.
  await page.waitForFunction(() => document.querySelectorAll('.audit-detail').length === 3);
  assert.equal(await detail.count(), 3);
  await detail.nth(1).locator('summary').click();
  await detail.nth(1).locator('.changes').getByRole('rowheader', { name: 'lifecycle' }).waitFor();
  await detail.nth(1).locator('.changes').getByRole('cell', { name: 'UnderRepair', exact: true }).waitFor();
  await detail.nth(1).getByText('127.0.0.1').first().waitFor();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await page.waitForURL(/\/audit$/);
});

test('the trail is proved on the page, and that is a record', async () => {
  await open(page, '/audit');
  await page.getByRole('button', { name: 'Prove now' }).click();
  await page.locator('.audit-detail', { hasText: 'Audit trail: proved' }).first().waitFor();
  await page.locator('.proof', { hasText: 'Whole' }).waitFor();
  assertByPerson(await newest('action=audit.verify'));
});

test('what is filtered is exported', async () => {
  await open(page, `/audit?object=${thing.id}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export as CSV' }).click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\r\n');
  assert.match(lines[0], /^\uFEFF?sequence,time,action/);
  assert.equal(lines.length, 4);
  // The link is the API's own.
  const exported = await newest('action=audit.export');
  assert.deepEqual([exported.who.name, exported.door, exported.detail.query.includes(thing.id)], [adminName, 'api', true]);
});

for (const language of languages) {
  test(`the page is sound in ${language}, at both widths`, async () => {
    const bad = [];
    for (const [width, theme] of [[1440, 'light'], [390, 'dark']]) {
      const reader = await visitor(browser, { language, theme, state, width, height: width === 390 ? 844 : 900 });
      await open(reader, '/audit');
      await reader.locator('.audit-detail summary').first().click();
      await reader.locator('.proof').waitFor();
      bad.push(...(await findings(reader)).map(finding => `${width}: ${finding}`));
      if (await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)) bad.push(`${width}: wider than the window`);
      const text = await reader.locator('main').innerText();
      // A key where a word belongs, or a form of number that does not fit.
      for (const wrong of text.match(/\b(audit|auditType|auditVerb|auditDoor|auditWho|auditResult)\.\w+\b/g) ?? []) if (!/^audit\.(verify|export|expire|cut|broken|resume|missed)$/.test(wrong)) bad.push(wrong);
      for (const wrong of text.match(/\b1 (records|minutes|seconds|hours|days)\b/g) ?? []) bad.push(wrong);
      await picture(reader, `audit-${language}-${width}`);
      bad.push(...reader.faults);
      await reader.context().close();
    }
    assert.deepEqual(bad, []);
  });
}
