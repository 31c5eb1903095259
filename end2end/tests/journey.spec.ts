// The main job end to end, as one story: a client subscribes, uses its pack up and beyond, and watches it happen in a page
// that nobody reloads; an admin then changes the pack's terms, hides it, and meets its duplicate.
import type { Page } from '@playwright/test';
import { chooseSize, expect, hydrated, test } from '../fixtures';

test.use({
  world: 'journey',
  // The browser's own line about the duplicate that is refused.
  expectedErrors: [/status of 422/],
});

const PACK = '10 × Mug design';

/** Submits a request for so many mugs after its quote has said what it will be. */
async function ask(page: Page, title: string, quantity: number, quoted: RegExp[]): Promise<void> {
  await page.goto('/requests/new');
  await hydrated(page, true);
  await page.getByLabel('Service', { exact: true }).selectOption({ label: `Mug design · your pack ${PACK}` });
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Quantity', { exact: true }).fill(String(quantity));
  await page.getByLabel('Brief', { exact: true }).fill('Both sides, please.');
  const quote = page.getByRole('region', { name: 'Quote' });
  for (const words of quoted) {
    await expect(quote).toContainText(words);
  }
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
}

test('a client subscribes and uses its pack up; an admin edits and hides it', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  application,
  expectAccessible,
}) => {
  // The longest walk of all: as long as two others may take.
  test.setTimeout(180_000);
  await signIn('payg');
  await gotoHydrated('/services/packs');
  await chooseSize(page, PACK);
  await page.getByRole('button', { name: `Subscribe to ${PACK}`, exact: true }).click();
  await page.getByRole('button', { name: new RegExp(`^Subscribe and pay \\$130\\.00: ${PACK}`) }).click();
  await expect(page.getByRole('meter', { name: PACK })).toHaveAttribute('aria-valuenow', '0');

  // A second window of the same client, which nobody touches any more.
  const watching = await page.context().newPage();
  await gotoHydrated('/dashboard', watching);
  await watching.evaluate(() => document.body.setAttribute('data-untouched', 'yes'));
  const meter = watching.getByRole('meter', { name: PACK });
  await expect(meter).toContainText('0 of 10 used');

  await ask(page, 'Nine mugs', 9, [/From 10 × Mug design\s*9 designs/, /Nothing to pay/]);
  await expect(page.getByRole('main').getByText('Included in Pack').first()).toBeVisible();
  await expect(meter, 'without a reload').toContainText('9 of 10 used');
  await expect(meter).toHaveAttribute('aria-valuenow', '9');
  const banner = watching.getByRole('status').filter({ hasText: 'Mug' });
  await expect(banner).toContainText("You've used 9 of 10 Mug designs (90%). Extra designs cost $15 each until Apr 10.");
  await expect(banner.getByRole('link')).toHaveAttribute('href', /\/services\/packs/);
  await expectAccessible(watching);

  await ask(page, 'Three more', 3, [/From 10 × Mug design\s*1 design/, /2 designs extra at \$15\.00\s*\$30\.00/]);
  await expect(page.getByRole('main').getByText('1 of 3 in Pack').first()).toBeVisible();
  await expect(meter).toContainText('10 of 10 used');
  await expect(meter).toContainText('None left');
  await expect(banner).toContainText("You've used all 10 Mug designs.");

  await ask(page, 'And one', 1, [/1 design extra at \$15\.00\s*\$15\.00/]);
  await expect(page.getByRole('main').getByText('Overage · $15.00').first()).toBeVisible();
  const extras = watching.getByRole('region', { name: 'Extra charges' });
  await expect(extras).toContainText('And one');
  await expect(extras).toContainText('Total $45.00');
  await expect(watching.getByRole('region', { name: 'Your requests' })).toContainText('Overage · $15.00');
  await expectAccessible(watching);
  await expect(watching.locator('body'), 'the page is still the one that was opened').toHaveAttribute('data-untouched', 'yes');

  // IN4: the same figures where the money is.
  await gotoHydrated('/payment/packs');
  const row = page.getByRole('table', { name: 'Monthly packs' }).getByRole('row').filter({ hasText: PACK });
  await expect(row).toContainText('10 of 10 used');
  await expect(row).toContainText('3 · $45.00');
  await expect(row).toContainText('Renews Apr 10, 2027');
  application.checkBooks();

  // The admin: new terms do not touch who has the old ones (PE5).
  const admin = await pageOf('admin');
  await gotoHydrated('/admin/packs', admin);
  await admin.getByRole('link', { name: /^Mug design ?, 10 a month$/ }).click();
  await admin.getByLabel('Monthly price').fill('140');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByRole('table', { name: 'Versions' })).toContainText('$140.00');
  await expect(admin.getByRole('table', { name: 'Subscribers' })).toContainText('Northpine Goods');
  await page.reload();
  await expect(row).toContainText('$130.00');
  const other = await pageOf(await application.newClient('Onlooker'));
  await gotoHydrated('/services/packs', other);
  await chooseSize(other, PACK);
  const card = other.getByRole('listitem').filter({ has: other.getByRole('heading', { name: PACK }) });
  await expect(card).toContainText('$140.00');

  // PE9: hidden from everybody else at once; who has it keeps it.
  await gotoHydrated('/admin/packs', admin);
  const visible = admin.getByRole('switch', { name: `Visible to clients: ${PACK}` });
  await visible.click();
  await expect(visible).not.toBeChecked();
  await expect(visible).not.toHaveAttribute('aria-busy', 'true');
  await gotoHydrated('/services/packs', other);
  await expect(card).toHaveCount(0);
  await gotoHydrated('/payment/packs');
  await expect(row).toContainText('Active');

  // PE3, PE4: hidden is not gone; its place is taken.
  await gotoHydrated('/admin/packs/new', admin);
  await admin.getByLabel('Service', { exact: true }).selectOption({ label: 'Mug design' });
  await admin.getByLabel('Quantity').fill('10');
  await admin.getByLabel('Monthly price').fill('120');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByLabel('Quantity')).toHaveAccessibleDescription(`A pack with ${PACK} already exists.`);
  await expectAccessible(admin);
  await admin.getByRole('link', { name: 'Open it' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: PACK })).toBeVisible();
  application.checkBooks();
});
