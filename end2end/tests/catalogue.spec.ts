// The Pack Editor and the catalogue, as an admin and as clients see them (§2, §5, §29.1).
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

// The browser's own line about an answer that refuses a form, which these tests provoke.
test.use({ world: 'catalogue', expectedErrors: [/status of (409|422)/] });

/** A service of the test's own, so that no test meets another's packs. */
async function newService(page: Page, gotoHydrated: (path: string, page?: Page) => Promise<void>, name: string): Promise<void> {
  await gotoHydrated('/admin/services/new', page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Unit', { exact: true }).fill('poster');
  await page.getByLabel('Unit (plural)').fill('posters');
  await page.getByLabel('Unit price').fill('25');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/services$/);
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
}

async function fillPack(page: Page, service: string, quantity: string, price: string): Promise<void> {
  await page.getByLabel('Service', { exact: true }).selectOption({ label: service });
  await page.getByLabel('Quantity').fill(quantity);
  await page.getByLabel('Monthly price').fill(price);
}

/** The link that opens a pack in the admin's list. */
function open(page: Page, service: string, quantity: number) {
  return page.getByRole('link', { name: new RegExp(`^${service} ?, ${quantity} a month$`) });
}

/** The row of a pack in the admin's list. */
function row(page: Page, service: string, quantity: number) {
  return page.getByRole('row').filter({ has: open(page, service, quantity) });
}

test('an admin makes a pack, meets its duplicate, and a client sees it', async ({ page, signIn, gotoHydrated, pageOf }) => {
  await signIn('admin');
  await newService(page, gotoHydrated, 'Poster alpha');

  await gotoHydrated('/admin/packs/new');
  await expect(page.getByRole('switch', { name: 'Visible to clients' })).toBeChecked();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const service = page.getByLabel('Service', { exact: true });
  await expect(service, 'PE2: the first wrong field has the focus').toBeFocused();
  await expect(service).toHaveAccessibleDescription('Choose a service.');
  await expect(page.getByLabel('Quantity')).toHaveAccessibleDescription('Quantity must be a whole number from 1 to 10,000.');

  await fillPack(page, 'Poster alpha', '20', '0.49');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByLabel('Monthly price')).toHaveAccessibleDescription('Price must be at least $0.50.');
  await expect(page.getByLabel('Monthly price')).toBeFocused();

  await page.getByLabel('Monthly price').fill('400');
  await page.getByLabel('Vendor payment').fill('120');
  await expect(page.getByRole('complementary', { name: 'Figures' })).toContainText('70.0%');
  await page.getByRole('radio', { name: 'per unit' }).check();
  await expect(page.getByText('The vendor payment is more than the price.'), 'PE1').toBeVisible();
  await page.getByRole('radio', { name: 'per pack' }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).dblclick();
  await expect(page).toHaveURL(/\/admin\/packs$/);
  await expect(row(page, 'Poster alpha', 20), 'PE2: a double click makes one row').toHaveCount(1);
  await expect(row(page, 'Poster alpha', 20)).toContainText('20%');

  await gotoHydrated('/admin/packs/new');
  await fillPack(page, 'Poster alpha', '20', '380');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByLabel('Quantity')).toHaveAccessibleDescription('A pack with 20 × Poster alpha already exists.');
  await expect(page.getByLabel('Monthly price'), 'what was typed stays').toHaveValue('380');
  await page.getByRole('link', { name: 'Open it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '20 × Poster alpha' })).toBeVisible();

  const client = await pageOf('payg');
  await gotoHydrated('/services/packs', client);
  await expect(client.getByRole('heading', { name: '20 × Poster alpha' })).toBeVisible();
  await client.getByRole('button', { name: 'Subscribe to 20 × Poster alpha' }).click();
  await expect(client).toHaveURL(/\/services\/packs\/[0-9a-f-]{36}/);
});

test('a service is one row: the chosen size says what it costs and is the one to subscribe to @nojs', async ({
  page,
  signIn,
  gotoHydrated,
  expectAccessible,
}) => {
  await signIn('payg');
  await gotoHydrated('/services/packs');
  const row = page.getByRole('region').filter({ has: page.getByRole('radiogroup', { name: 'Units a month' }) }).filter({
    has: page.getByRole('button', { name: /^Subscribe to/ }),
  });
  const service = row.first();
  const sizes = service.getByRole('radio');
  expect(await sizes.count()).toBeGreaterThan(1);
  await expect(service.getByRole('listitem'), 'one of them').toHaveCount(1);
  const last = sizes.last();
  const name = (await last.getAttribute('aria-label')) ?? '';
  await last.check();
  await expect(service.getByRole('heading', { level: 3 })).toHaveText(name);
  await expect(service.getByRole('listitem')).toContainText(/\$[\d,]+\.\d\d a month/);
  await expect(service.getByRole('button', { name: `Subscribe to ${name}`, exact: true })).toBeVisible();
  await expectAccessible();
  const index = page.getByRole('navigation', { name: 'Services on this page' });
  const link = index.getByRole('link').last();
  const wanted = (await link.textContent()) ?? '';
  await link.click();
  await expect(page.getByRole('heading', { level: 2, name: wanted.trim() })).toBeInViewport();
});

test('an edit of the terms is a version, and a stale one is refused', async ({ page, signIn, gotoHydrated, pageOf }) => {
  await signIn('admin');
  await newService(page, gotoHydrated, 'Poster beta');
  await gotoHydrated('/admin/packs/new');
  await fillPack(page, 'Poster beta', '10', '220');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await open(page, 'Poster beta', 10).click();
  await expect(page.getByRole('heading', { level: 1, name: '10 × Poster beta' })).toBeVisible();

  const other = await pageOf('admin');
  await gotoHydrated(new URL(page.url()).pathname, other);
  await page.getByLabel('Monthly price').fill('230');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('table', { name: 'Versions' }).getByRole('row')).toHaveCount(3);

  await other.getByLabel('Monthly price').fill('240');
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(other.getByRole('alert')).toContainText(/Someone else changed this pack at \d{1,2}:\d\d [AP]M\. Reload to see the changes\./);
  await expect(other.getByLabel('Monthly price'), 'what was typed stays').toHaveValue('240');
  await other.getByRole('link', { name: 'Reload' }).click();
  await expect(other.getByLabel('Monthly price')).toHaveValue('230.00');
});

test('hiding takes a pack out of the catalogue at once, and showing brings it back', async ({ page, signIn, gotoHydrated, pageOf }) => {
  await signIn('admin');
  await newService(page, gotoHydrated, 'Poster gamma');
  await gotoHydrated('/admin/packs/new');
  await fillPack(page, 'Poster gamma', '5', '110');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const toggle = page.getByRole('switch', { name: 'Visible to clients: 5 × Poster gamma' });
  await expect(toggle).toBeChecked();
  const client = await pageOf('monthly');
  await gotoHydrated('/services/packs', client);
  await expect(client.getByRole('heading', { name: '5 × Poster gamma' })).toBeVisible();

  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await expect(row(page, 'Poster gamma', 5)).toContainText('Hidden');
  await expect(toggle).not.toHaveAttribute('aria-busy', 'true');
  await gotoHydrated('/services/packs', client);
  await expect(client.getByRole('heading', { name: '5 × Poster gamma' })).toHaveCount(0);

  await toggle.click();
  await expect(toggle).toBeChecked();
  await expect(toggle).not.toHaveAttribute('aria-busy', 'true');
  await gotoHydrated('/services/packs', client);
  await expect(client.getByRole('heading', { name: '5 × Poster gamma' })).toBeVisible();
});

test('an archived pack leaves its place, and comes back only while it is free', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await newService(page, gotoHydrated, 'Poster delta');
  for (const price of ['100', '90']) {
    await gotoHydrated('/admin/packs/new');
    await fillPack(page, 'Poster delta', '5', price);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page).toHaveURL(/\/admin\/packs$/);
    if (price === '100') {
      await open(page, 'Poster delta', 5).click();
      await page.getByRole('button', { name: 'Archive pack' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click();
      await expect(page.getByText(/^Archived .* CT\./)).toBeVisible();
    }
  }
  await gotoHydrated('/admin/packs?status=archived');
  await open(page, 'Poster delta', 5).click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await expect(page.getByRole('alert')).toContainText('A pack with 5 × Poster delta already exists.');
  await expect(page.getByRole('link', { name: 'Open it' })).toBeVisible();
});

test('the list keeps filter and sort in its address', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/packs');
  await page.getByRole('columnheader', { name: 'Price' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=-price/);
  await expect(page.getByRole('columnheader', { name: 'Price' })).toHaveAttribute('aria-sort', 'descending');
  const prices = (await page.locator('td[data-label="Price"]').allInnerTexts()).map((text) => Number(text.replace(/[^0-9.]/g, '')));
  expect(prices.length).toBeGreaterThan(1);
  expect(prices).toEqual([...prices].sort((a, b) => b - a));
  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Price' })).toHaveAttribute('aria-sort', 'descending');
});
