import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { api, findings, launch, live, open, picture, signIn, url, visitor } from './lib/browser.mjs';

const password = 'correct horse battery';
const name = `guest-${Date.now()}`;
let browser, page, state, guest, link, secret, used;

before(async () => {
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

// The code an authenticator app shows (RFC 6238), never the same twice.
async function code() {
  const bytes = Buffer.from([...secret].map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('').match(/.{8}/g).map(bits => parseInt(bits, 2)));
  for (;;) {
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
    const hash = createHmac('sha1', bytes).update(counter).digest();
    const next = String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
    if (next !== used) return (used = next);
    await page.waitForTimeout(1000);
  }
}

async function fillSignIn(other) {
  await other.goto(`${url}/sign-in`);
  await other.locator('input[autocomplete=username]').fill(name);
  await other.locator('input[autocomplete=current-password]').fill(password);
  await other.locator('form button[type=submit]').click();
}

test('an administrator makes a link on the page, and it is shown once', async () => {
  await open(page, '/settings');
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('For whom').fill('Guest');
  await page.getByLabel('Role').selectOption('operator');
  await page.getByLabel('Holds until').fill('2098-12-31');
  await page.getByRole('button', { name: 'Make the link' }).click();
  link = (await page.locator('pre[aria-label=Link]').innerText()).trim();
  assert.match(link, /\/invitation\?code=[\w-]{32}$/);
  await page.getByRole('row', { name: /Guest/ }).getByText('Open', { exact: true }).waitFor();
  const invitations = await api('GET', '/people/invitations');
  assert.ok(!JSON.stringify(invitations).includes(link.split('=')[1]));
  assert.equal(invitations.items.find(one => one.name === 'Guest').grantExpires, '2099-01-01T00:00:00Z');
});

test('who follows the link makes the account and signs in', async () => {
  guest = await visitor(browser);
  await guest.goto(link);
  assert.deepEqual(await findings(guest), []);
  await guest.getByLabel('Name').fill(name);
  await guest.getByLabel('New password').fill(password);
  await guest.getByRole('button', { name: 'Make the account' }).click();
  await guest.getByText('Done. Sign in with your new password.').waitFor();
  await fillSignIn(guest);
  await guest.waitForURL(/\/things$/);
  await guest.goto(link);
  await guest.getByText('This link is wrong, used or out of date').waitFor();
});

test('the second factor is set up by its picture and asked for at the next sign-in', async () => {
  await open(guest, '/account');
  await guest.getByRole('button', { name: 'Set up the second factor' }).click();
  secret = (await guest.locator('pre[aria-label="The secret as text"]').innerText()).trim();
  await guest.locator('svg.qr').waitFor();
  await picture(guest, 'second-factor');
  const factor = guest.getByRole('region', { name: 'Second factor' });
  // An open session and a right code are not enough without the password.
  await factor.getByLabel('Code').fill(await code());
  await factor.getByRole('button', { name: 'Confirm' }).click();
  await factor.getByText('The present password is wrong').waitFor();
  await factor.getByLabel('Present password').fill(password);
  await factor.getByRole('button', { name: 'Confirm' }).click();
  const recovery = (await guest.locator('pre[aria-label="Recovery codes"]').innerText()).trim().split('\n');
  assert.equal(recovery.length, 10);
  const other = await visitor(browser);
  await fillSignIn(other);
  await other.waitForURL(/sign-in\/code/);
  assert.deepEqual(await findings(other), []);
  await other.getByLabel('Code').fill(recovery[0]);
  await other.locator('form button[type=submit]').click();
  await other.waitForURL(/\/things$/);
  await live(other);
  await open(guest, '/account');
  await guest.getByText('9 recovery codes are left').waitFor();
  assert.equal(await guest.getByRole('button', { name: /End the session from/ }).count(), 1);
  await guest.getByRole('button', { name: 'End all others' }).click();
  // The other's open page belongs to nobody now: it leads to the sign-in by itself.
  await other.waitForURL(/sign-in\?returnUrl=/);
  await other.context().close();
});

test('an open page is signed out within seconds when its person is kept out', async () => {
  await open(guest, '/things');
  await open(page, '/settings/people');
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Keep out' }).click();
  await page.getByText('Done.').waitFor();
  await guest.waitForURL(/sign-in\?returnUrl=/, { timeout: 10_000 });
  await fillSignIn(guest);
  await guest.getByText('The name or the password is wrong.').waitFor();
  await page.getByRole('button', { name: 'Let in again' }).click();
  await page.getByText('Active').waitFor();
  await page.getByRole('button', { name: 'Link for a new password' }).click();
  await page.locator('pre[aria-label=Link]').waitFor();
  await guest.context().close();
});

for (const [language, theme, width] of [['en', 'light', 1440], ['zh-Hant', 'dark', 1440], ['zh-Hans', 'light', 390], ['en', 'dark', 390]]) {
  test(`the pages read well in ${language}, ${theme}, ${width} wide`, async () => {
    const other = await visitor(browser, { language, theme, width, height: 844, state });
    const person = (await api('GET', '/people')).items.find(each => each.name === name);
    for (const [title, address] of [['people', '/settings/people'], ['person', `/settings/people/${person.id}`], ['account', '/account']]) {
      await open(other, address);
      await other.waitForLoadState('networkidle');
      if (title === 'account') await other.locator('#factor-title ~ .chip').waitFor();
      await picture(other, `${title}-${language}-${width}`);
      assert.deepEqual(await findings(other), [], title);
      assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${title} is wider than the window`);
    }
    assert.deepEqual(other.faults, []);
    await other.context().close();
  });
}
