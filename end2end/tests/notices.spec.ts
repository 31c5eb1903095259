// §24: people are told what happens to their requests, in the bell and by mail, as they have chosen.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'notices' });

const bell = (page: Page) => page.getByRole('link', { name: /^Notifications/ });
const list = (page: Page) => page.getByRole('list', { name: 'Notifications', exact: true });

test('S24: a message rings the bell of the other side, is opened from there, and is read @nojs', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('monthly');
  await gotoHydrated('/notifications');
  const all = page.getByRole('button', { name: /^Mark \d+ as read$/ });
  if ((await all.count()) > 0) {
    await all.click();
    await expect(all).toHaveCount(0);
  }
  await expect(bell(page)).toHaveAccessibleName('Notifications');

  // Somebody of the agency writes about one of the client's requests.
  await gotoHydrated('/requests');
  const row = page.getByRole('row').nth(1);
  const address = (await row.locator('a.row-link').getAttribute('href')) ?? '';
  const admin = await pageOf('admin');
  await gotoHydrated(address, admin);
  await admin.getByLabel('Message', { exact: true }).fill(`Is this the right size? ${javaScript ? 'alive' : 'by hand'}`);
  await admin.getByRole('button', { name: 'Send message' }).click();
  await expect(admin.getByText('Is this the right size?').first()).toBeVisible();
  await expect(bell(admin), 'whoever wrote is not told').not.toHaveAccessibleName(/wrote/);

  if (!javaScript) {
    await gotoHydrated('/requests');
  }
  await expect(bell(page)).toHaveAccessibleName('Notifications, 1 unread');
  // The list says which one it is about, and can be of that alone.
  await expect(page.getByRole('row').filter({ has: page.getByText('Unread', { exact: true }) })).toHaveCount(1);
  await gotoHydrated('/requests?view=unread');
  await expect(page.locator('a.row-link')).toHaveCount(1);
  await expect(page.locator('a.row-link')).toHaveAttribute('href', address);
  await bell(page).click();
  await expect(page).toHaveURL(/\/notifications$/);
  const first = list(page).getByRole('button').first();
  await expect(first).toHaveAccessibleName(/^Unread: .* wrote about #\d+/);
  await expectAccessible();
  await first.click();
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await gotoHydrated('/notifications');
  await expect(bell(page)).toHaveAccessibleName('Notifications');
  await expect(list(page).getByRole('button').first()).not.toHaveAccessibleName(/Unread/);
});

test('S24: what is not ticked does not come @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('payg');
  await gotoHydrated('/notifications/settings');
  const message = page.getByRole('checkbox', { name: 'By email: Someone writes a message' });
  await expect(message).toBeChecked();
  await message.uncheck();
  await expectAccessible();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Settings saved.').first()).toBeVisible();
  await gotoHydrated('/notifications/settings');
  await expect(message).not.toBeChecked();
  await message.check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Settings saved.').first()).toBeVisible();
});

test('S24: whoever is named in a message finds it among the mentions @nojs', async ({ page, signIn, pageOf, gotoHydrated, javaScriptEnabled }) => {
  await signIn('royalties');
  await gotoHydrated('/requests');
  const row = page.getByRole('row').nth(1);
  const address = (await row.locator('a.row-link').getAttribute('href')) ?? '';
  const name = ((await page.getByText(/^Your menu, /).textContent()) ?? '').replace(/^Your menu, /, '');
  const admin = await pageOf('admin');
  await gotoHydrated(address, admin);
  const words = `@${name} which of the two? ${javaScriptEnabled === false ? 'by hand' : 'alive'}`;
  await admin.getByLabel('Message', { exact: true }).fill(words);
  await admin.getByRole('button', { name: 'Send message' }).click();
  await expect(admin.getByText(words).first()).toBeVisible();
  await gotoHydrated('/notifications?only=mentions');
  const first = list(page).getByRole('button').first();
  await expect(first).toHaveAccessibleName(/^Unread: .* mentioned you on #\d+/);
  await expect(first).toContainText(words);
});

test('S24: names are suggested while one writes, and taken by keys or by a click', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/requests');
  const address = (await page.getByRole('row').nth(1).locator('a.row-link').getAttribute('href')) ?? '';
  await gotoHydrated(address);
  const message = page.getByLabel('Message', { exact: true });
  const people = page.getByRole('listbox', { name: 'People' });
  await message.click();
  await page.keyboard.type('Ask a@hug and @hug');
  await expect(people.getByRole('option', { name: 'Hugo Weber' })).toHaveAttribute('aria-selected', 'true');
  const id = (await people.getByRole('option').first().getAttribute('id')) ?? '';
  await expect(message).toHaveAttribute('aria-activedescendant', id);
  await expectAccessible();
  await page.keyboard.press('Enter');
  await expect(message).toHaveValue('Ask a@hug and @Hugo Weber ');
  await expect(people).toHaveCount(0);
  await expect(message).not.toHaveAttribute('aria-activedescendant');
  // Escape closes the list for this name; the next one opens it again.
  await page.keyboard.type('or @hu');
  await expect(people).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(people).toHaveCount(0);
  await page.keyboard.type('g, @hu');
  await people.getByRole('option', { name: 'Hugo Weber' }).click();
  await expect(message).toHaveValue('Ask a@hug and @Hugo Weber or @hug, @Hugo Weber ');
  await expect(message).toBeFocused();
});

test('S24: a page that nobody sees takes nothing for read', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('payg');
  await gotoHydrated('/notifications');
  const all = page.getByRole('button', { name: /^Mark \d+ as read$/ });
  if ((await all.count()) > 0) {
    await all.click();
    await expect(all).toHaveCount(0);
  }
  await gotoHydrated('/requests');
  const address = (await page.locator('a.row-link').first().getAttribute('href')) ?? '';
  await gotoHydrated(address);
  const seen = (hidden: boolean): Promise<void> =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, hidden);
  await seen(true);
  const admin = await pageOf('admin');
  await gotoHydrated(address, admin);
  await admin.getByLabel('Message', { exact: true }).fill('Are you there?');
  await admin.getByRole('button', { name: 'Send message' }).click();
  await expect(admin.getByText('Are you there?').first()).toBeVisible();
  // Elsewhere the same person is told, and it stays: the page behind has read nothing.
  const elsewhere = await pageOf('payg');
  await gotoHydrated('/dashboard', elsewhere);
  await expect(bell(elsewhere)).toHaveAccessibleName('Notifications, 1 unread');
  await expect(page.getByText('Are you there?')).toHaveCount(0);
  await seen(false);
  await expect(page.getByText('Are you there?').first()).toBeVisible();
  await gotoHydrated('/dashboard', elsewhere);
  await expect(bell(elsewhere)).toHaveAccessibleName('Notifications');
});
