// §20: one search for everything that a person may see, by the keyboard alone, and as a page without JavaScript.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

const palette = (page: Page) => page.getByRole('dialog', { name: 'Search' });
const field = (page: Page) => palette(page).getByRole('combobox', { name: 'Search everything' });
const option = (page: Page, group: string, name: string | RegExp) =>
  palette(page).getByRole('group', { name: group }).getByRole('option', { name }).first();

/** The number of an invoice, as its client reads it. */
async function invoice(page: Page): Promise<string> {
  const answer = await page.request.get('/payment/invoices', { headers: { accept: 'text/html' } });
  const found = /\b[A-Z0-9]{4,12}-\d{4}\b/.exec(await answer.text());
  if (!found) {
    throw new Error('no invoice has a number');
  }
  return found[0];
}

test('S20: what an admin types finds what it names', async ({ page, signIn, pageOf, gotoHydrated, expectAccessible }) => {
  const number = await invoice(await pageOf('payg'));
  await signIn('admin');
  await gotoHydrated('/admin');
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
  await expect(option(page, 'Actions', 'New pack'), 'before anything is typed: what can be done').toBeVisible();
  await expectAccessible();
  const searches: [string, string, string | RegExp][] = [
    ['Northpine', 'Clients', /^Northpine Goods/],
    ['Logo design', 'Services', /^Logo design/],
    ['Logo design', 'Requests', /Logo design/],
    ['PixelCo', 'Vendors', /^PixelCo/],
    ['Paula', 'People', /^Paula Mendes/],
    ['payg@demo.test', 'People', /payg@demo\.test/],
    [number, 'Invoices', new RegExp(`^${number}`)],
    ['Integrity', 'Pages', 'Integrity'],
    ['Farmers markt', 'Requests', /Farmers market/],
    ['Nortphine', 'Clients', /^Northpine Goods/],
    ['T-shirt', 'Requests', /T-shirt/],
    ['new pack', 'Actions', 'New pack'],
    ['dark', 'Actions', 'Switch to dark theme'],
  ];
  for (const [typed, group, name] of searches) {
    await field(page).fill(typed);
    await expect(option(page, group, name), typed).toBeVisible();
  }
  await expectAccessible();
  await field(page).fill('qqqq zzzz');
  await expect(palette(page).getByRole('status')).toHaveText(/^Nothing found/);
  await expect(palette(page).getByRole('option')).toHaveCount(0);
});

test('S20: the search goes by the keyboard alone, and remembers what was opened', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin');
  await page.keyboard.press('/');
  await page.keyboard.type('northpine');
  const options = palette(page).getByRole('option');
  await expect(option(page, 'Clients', /^Northpine Goods/)).toBeVisible();
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(field(page)).toHaveAttribute('aria-activedescendant', (await options.nth(1).getAttribute('id')) ?? '');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(options.last(), 'up from the first is the last').toHaveAttribute('aria-selected', 'true');
  // Enter takes the first answer, also where it has yet to come.
  await field(page).fill('');
  await page.keyboard.type('integrity');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/admin\/integrity$/);
  await expect(palette(page)).toBeHidden();
  await page.keyboard.press('Control+k');
  await expect(option(page, 'Recent', 'Integrity')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
  // An action does what it says.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('switch to dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'paper-dark');
});

test('S20: a vendor finds a client by its alias, and never by its name', async ({ page, signIn, gotoHydrated }) => {
  await signIn('vendor');
  await gotoHydrated('/requests');
  const row = await page.getByRole('row').nth(1).locator('[data-label="Client"]').textContent();
  const alias = /Client \d+/.exec(row ?? '')?.[0] ?? '';
  expect(alias, row ?? '').not.toBe('');
  await page.keyboard.press('Control+k');
  await field(page).fill(alias);
  await expect(option(page, 'Requests', new RegExp(alias))).toBeVisible();
  await field(page).fill('Northpine Goods');
  await expect(palette(page).getByRole('status')).toHaveText(/^(Nothing found|No exact match)/);
  await expect(palette(page)).not.toContainText('Northpine');
});

for (const who of ['payg', 'vendor', 'designer', 'accountant', 'support', 'admin'] as const) {
  test(`S20: ${who} has one search in the top bar, which is a page as well @nojs`, async ({
    page,
    signIn,
    gotoHydrated,
    javaScriptEnabled,
    expectAccessible,
  }) => {
    await signIn(who);
    await gotoHydrated('/account');
    const entry = page.getByRole('banner').getByRole('link', { name: 'Search', exact: true });
    await entry.click();
    if (javaScriptEnabled !== false) {
      await expect(field(page)).toBeFocused();
      await page.keyboard.press('Escape');
      await expect(palette(page)).toBeHidden();
      await gotoHydrated('/search');
    }
    await expect(page).toHaveURL(/\/search$/);
    await page.getByRole('searchbox', { name: 'Search everything' }).fill('account');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(page).toHaveURL(/\/search\?q=account$/);
    const pages = page.getByRole('list', { name: 'Pages' });
    await expect(pages.getByRole('link', { name: 'Account' })).toBeVisible();
    await expectAccessible();
    await gotoHydrated('/search?q=qqqq');
    await expect(page.getByRole('heading', { name: /^Nothing found/ })).toBeVisible();
    await pages.waitFor({ state: 'detached' });
  });
}
