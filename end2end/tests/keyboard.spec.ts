// Without a pointer: the skip link, the keys of DESIGN.md, dialogs and menus that give the focus back, forms.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'keyboard' });

/** Whether the focus is inside of the element. */
const holdsFocus = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate((inside) => document.activeElement?.closest(inside) !== null, selector);

test('the first Tab is the skip link; it leads past the frame', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/dashboard');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await holdsFocus(page, 'main')).toBe(true);
});

test('/ searches, g r and g d go, n makes something new', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/dashboard');
  await page.keyboard.press('/');
  const palette = page.getByRole('dialog', { name: 'Search' });
  const search = palette.getByRole('combobox', { name: 'Search everything' });
  await expect(search).toBeFocused();
  await expect(search, 'the key itself is not typed').toHaveValue('');
  // Keys of the page are letters while one types.
  await page.keyboard.type('gr n?');
  await expect(search).toHaveValue('gr n?');
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();

  // On a list it is the list's own filter.
  await gotoHydrated('/requests');
  await page.keyboard.press('/');
  const filter = page.locator('main').getByRole('searchbox', { name: 'Search', exact: true });
  await expect(filter).toBeFocused();
  await expect(filter).toHaveValue('');
  await page.keyboard.press('Control+k');
  await expect(palette, 'this key searches everything everywhere').toBeVisible();
  await page.keyboard.press('Escape');

  await gotoHydrated('/dashboard');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page).toHaveURL(/\/requests$/);
  const title = page.getByRole('heading', { level: 1, name: 'Requests' });
  await expect(title, 'the new title has the focus').toBeFocused();
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { level: 1, name: 'New request' })).toBeFocused();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeFocused();
});

test('? shows the keys; Esc closes them and the focus is back', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('monthly');
  await gotoHydrated('/requests');
  const from = page.getByRole('link', { name: 'New request' });
  await from.focus();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Help' });
  await expect(keys).toBeVisible();
  expect(await holdsFocus(page, 'dialog')).toBe(true);
  await expectAccessible();
  await page.keyboard.press('n');
  await expect(page, 'keys of the page are silent behind a dialog').toHaveURL(/\/requests$/);
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await expect(from).toBeFocused();
  // The cross does the same.
  await page.keyboard.press('?');
  await keys.getByRole('button', { name: 'Close' }).press('Enter');
  await expect(keys).toBeHidden();
  await expect(from).toBeFocused();
});

test('the help is in the menu too; it says what terms mean and how to reach the agency', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/dashboard');
  const menu = page.locator('summary', { hasText: 'Your menu' });
  await menu.press('Enter');
  await page.getByRole('button', { name: /^Help/ }).press('Enter');
  const help = page.getByRole('dialog', { name: 'Help' });
  await expect(help.getByRole('term').filter({ hasText: 'Coverage' })).toBeVisible();
  await expect(help.getByText('Accrued'), 'nothing of a client’s').toHaveCount(0);
  await expect(help.getByRole('heading', { name: 'Write to us' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await expect(menu).toBeFocused();
});

test('j and k walk the rows, Enter opens one', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests');
  const rows = page.getByRole('table', { name: 'Service requests' }).locator('tbody a.row-link');
  await page.keyboard.press('j');
  await expect(rows.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await expect(rows.nth(0)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
});

test('menus close with Esc and give the focus back', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/dashboard');
  const menu = page.locator('summary', { hasText: 'Your menu' });
  await menu.press('Enter');
  const account = page.getByRole('link', { name: 'Account' });
  await expect(account).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(account).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(account).toBeHidden();
  await expect(menu).toBeFocused();
});

test('a dialog that asks: opened, left with Esc, answered, by keys alone', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/packs');
  await page.getByRole('link', { name: /^Product mockup ?, 100 a month$/ }).press('Enter');
  const archive = page.getByRole('button', { name: 'Archive pack' });
  await archive.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  expect(await holdsFocus(page, 'dialog')).toBe(true);
  await expectAccessible();
  for (let tabs = 0; tabs < 6; tabs += 1) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null), 'the focus stays inside').toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(archive).toBeFocused();
  await archive.press('Enter');
  await dialog.getByRole('button', { name: 'Archive', exact: true }).press('Enter');
  await expect(page.getByText(/^Archived .* CT\./)).toBeVisible();
});

test('a request is written and submitted with keys alone', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests');
  await page.keyboard.press('n');
  const service = page.getByLabel('Service', { exact: true });
  await expect(service).toBeVisible();
  await service.focus();
  await page.keyboard.type('T-sh');
  await expect(service.locator('option:checked')).toContainText('T-shirt design');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Title', { exact: true })).toBeFocused();
  await page.keyboard.type('By keys alone');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Quantity', { exact: true })).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('1');
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('To pay');
  await page.keyboard.press('Control+Enter');
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('heading', { level: 1, name: 'By keys alone' })).toBeVisible();
});
