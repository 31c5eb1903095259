// Pages that the server draws: no new document after a click or a post, nothing typed is lost, what changes elsewhere shows.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'served' });

/** Marks the document, so that a new one is noticed. */
const mark = (page: Page): Promise<void> =>
  page.evaluate(() => {
    document.documentElement.dataset.sameDocument = 'true';
  });
const expectSameDocument = (page: Page): Promise<void> => expect(page.locator('html[data-same-document]')).toBeAttached();

test('a click shows the next page with its title and focus, in the same document', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin');
  await mark(page);
  const menu = page.getByRole('navigation', { name: 'Main', exact: true });
  await menu.getByRole('link', { name: 'Audit log' }).click();
  const title = page.getByRole('heading', { level: 1, name: 'Audit log' });
  await expect(title).toBeFocused();
  await expect(page).toHaveTitle('Audit log · Monthly Packs');
  await expect(page.getByRole('table', { name: 'Changes' })).toBeVisible();
  // Another view of the same page, and a page that is hydrated, and back.
  await page.getByRole('navigation', { name: 'Kind of thing' }).getByRole('link').nth(1).click();
  await expect(page).toHaveURL(/entity=/);
  await menu.getByRole('link', { name: 'Packs', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Packs' })).toBeVisible();
  await page.goBack();
  await expect(title).toBeVisible();
  await expect(page).toHaveURL(/entity=/);
  await expectSameDocument(page);
});

test('a refused form keeps what was typed, says why at the field, and then takes it, in the same document', async ({
  page,
  signIn,
  gotoHydrated,
}) => {
  await signIn('admin');
  await gotoHydrated('/admin/vendors/new');
  await mark(page);
  const email = page.getByLabel('Email');
  await email.fill('people@studio.test');
  await page.getByRole('button', { name: 'Add vendor' }).click();
  const name = page.getByLabel('Name', { exact: true });
  await expect(name).toBeFocused();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveValue('people@studio.test');
  await expect(page, 'the refusal does not stay in the address').toHaveURL(/\/admin\/vendors\/new$/);
  await name.fill('Studio of the test');
  await page.getByRole('button', { name: 'Add vendor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Studio of the test' })).toBeVisible();
  await expect(page.getByText('Vendor added.')).toBeVisible();
  await expectSameDocument(page);
});

test('a refused list of fields of one name keeps each as it was typed', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/clients');
  await page.getByRole('rowheader').getByRole('link').first().click();
  const prices = page.locator('input[name="price[]"]');
  await prices.nth(0).fill('no price');
  await prices.nth(1).fill('7.77');
  await page.getByRole('button', { name: 'Save prices' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(prices.nth(0)).toHaveValue('no price');
  await expect(prices.nth(1)).toHaveValue('7.77');
  await expect(prices.nth(2)).toHaveValue('');
});

test.describe('without an answer', () => {
  // The browser's own line.
  test.use({ expectedErrors: [/ERR_FAILED/] });

  test('nothing is lost, and the next try goes through', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/account');
    const name = page.getByLabel('Name', { exact: true });
    const before = await name.inputValue();
    await name.fill('Somebody Else');
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(page.getByText('The server did not answer.')).toBeVisible();
    await expect(name).toHaveValue('Somebody Else');
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(page.getByText('Name saved.')).toBeVisible();
    await name.fill(before);
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(name).toHaveValue(before);
  });
});

test('posting one form keeps what is half typed in another, and the focus where it was', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/account');
  await mark(page);
  const other = page.getByLabel('New password', { exact: true });
  await other.fill('half a password');
  const save = page.getByRole('button', { name: 'Save name' });
  await save.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Name saved.')).toBeVisible();
  await expect(other).toHaveValue('half a password');
  await expect(save).toBeFocused();
  await expectSameDocument(page);
});

test('what happens elsewhere shows, and what somebody is typing stays, with the focus', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('payg');
  await gotoHydrated('/requests?status=submitted');
  await page.getByRole('rowheader').getByRole('link').first().click();
  const message = page.getByRole('textbox', { name: 'Message' });
  await message.fill('Half a sentence');
  const path = new URL(page.url()).pathname;
  const staff = await pageOf('admin');
  await gotoHydrated(path, staff);
  await staff.getByRole('textbox', { name: 'Message' }).fill('A word from the agency');
  await staff.getByRole('button', { name: 'Send message' }).click();
  await expect(staff.getByText('A word from the agency')).toBeVisible();
  await expect(page.getByText('A word from the agency')).toBeVisible();
  await expect(message).toHaveValue('Half a sentence');
  await expect(message).toBeFocused();
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Half a sentence' })).toBeVisible();
  await expect(message).toHaveValue('');
});

test.describe('signed out elsewhere', () => {
  // The browser's own line about the stream of changes.
  test.use({ expectedErrors: [/status of 401/] });

  test('one is led to the sign-in', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/admin');
    await page.context().clearCookies();
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Audit log' }).click();
    await expect(page).toHaveURL(/\/login\?next=/);
  });
});
