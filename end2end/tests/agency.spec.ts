// SU8 in the browser: whose product it is. In a world of its own, because every page of it changes.
import { expect, test } from '../fixtures';

test.use({ world: 'agency' });

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#8e3776"/></svg>';

test('SU8: name, color and logo of the agency are on every page @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/settings');
  await page.getByLabel('Name', { exact: true }).fill('Acme Studio');
  await page.getByLabel('Reply-to address').fill('nowhere');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByLabel('Reply-to address')).toHaveAccessibleDescription(/name@example\.com/);
  await page.getByLabel('Reply-to address').fill('hello@acme.test');
  await page.getByRole('radio', { name: 'Plum' }).check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Settings saved.').first()).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-accent', 'plum');

  await page.getByLabel('Logo file').setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(SVG) });
  await page.getByRole('button', { name: 'Upload logo' }).click();
  await expect(page.getByText('Logo saved.')).toBeVisible();
  const logo = page.getByRole('img', { name: 'Current logo' });
  await expect(logo).toBeVisible();
  const src = (await logo.getAttribute('src')) ?? '';
  const answer = await page.request.get(src);
  expect(answer.headers()['content-type'], 'a picture of our own making').toMatch(/^image\/(png|jpeg)$/);

  await page.getByLabel('Logo file').setInputFiles({ name: 'logo.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') });
  await page.getByRole('button', { name: 'Upload logo' }).click();
  await expect(page.getByLabel('Logo file')).toHaveAccessibleDescription(/PNG, a JPEG or an SVG/);

  await gotoHydrated('/admin/people');
  await expect(page).toHaveTitle('People · Acme Studio');
  await expect(page.getByRole('link', { name: 'Acme Studio' }).first()).toBeVisible();
  await expectAccessible();
});

test('SU8: clients read "Your team" until the agency shows names', async ({ page, signIn, pageOf, gotoHydrated }) => {
  const admin = await pageOf('admin');
  await signIn('payg');
  const open = async (): Promise<void> => {
    await gotoHydrated('/payment/packs');
    await page.getByRole('table', { name: 'Monthly packs' }).getByRole('link').first().click();
  };
  const vendor = page.locator('dt', { hasText: /^Vendor$/ }).locator('xpath=following-sibling::dd[1]');
  await open();
  await expect(vendor).toHaveText('Your team');
  await gotoHydrated('/admin/settings', admin);
  await admin.getByRole('switch', { name: "Clients see vendors' names" }).check();
  await admin.getByRole('button', { name: 'Save settings' }).click();
  await expect(admin.getByText('Settings saved.').first()).toBeVisible();
  await open();
  await expect(vendor).not.toHaveText(/^(Your team|Assigning…)$/);
});
