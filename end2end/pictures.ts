// Pictures of every screen, for looking at, not tests: PICTURES=/tmp/pictures scripts/e2e --project=pictures
// Each is the whole page, in three widths, light and dark. The last ones are of screens in a state that has to be brought about.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { SCREENS, nameOf } from './screens';

const folder = process.env.PICTURES ?? '/tmp/pictures';
mkdirSync(folder, { recursive: true });

test.use({ expectedErrors: [/status of/] });

async function take(page: Page, of: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  const name = of.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '');
  for (const [width, height] of [[1440, 900], [768, 1024], [390, 844]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true, caret: 'hide' });
    }
  }
}

for (const screen of SCREENS) {
  test(`picture of ${nameOf(screen)}`, async ({ page, application, signIn, gotoHydrated }) => {
    if (screen.role) {
      await signIn(screen.role);
    }
    await gotoHydrated(screen.open ? await screen.open({ page, application }) : screen.route);
    await take(page, nameOf(screen));
  });
}

/** A request of the demo's client, typed and kept as a draft. */
async function draft(page: Page, title: string): Promise<void> {
  const service = page.getByLabel('Service', { exact: true });
  await service.selectOption({ index: 1 });
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Quantity', { exact: true }).fill('1');
  await page.getByLabel('Brief', { exact: true }).fill('A leaf, in **one** colour.');
  await expect(page).toHaveURL(/draft=/);
}

test('picture of a form that was sent from another tab', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await draft(page, 'Sent once');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole('button', { name: 'Submit request' }).click();
  await expect(other).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await other.close();
  await page.getByLabel('Title', { exact: true }).fill('Sent twice');
  await expect(page.getByText(/This form was already sent as/)).toBeVisible();
  await take(page, 'state form used');
});

test('picture of a sign-in in the middle of writing', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await draft(page, 'Half a thought');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Submit request' }).click();
  await expect(page.getByRole('button', { name: 'Sign in and continue' })).toBeVisible();
  await take(page, 'state sign in and go on');
});

test('picture of a request that is refused at its fields', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await page.getByLabel('Quantity', { exact: true }).fill('0');
  await page.getByRole('button', { name: 'Submit request' }).click();
  await expect(page.getByLabel('Title', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await take(page, 'state request refused');
});

test('picture of prices that are refused in their rows', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/clients');
  await page.locator('.data-table tbody a').first().click();
  await page.getByRole('navigation', { name: 'Client', exact: true }).getByRole('link', { name: 'Prices' }).click();
  const prices = page.locator('input[name^="price["]');
  await prices.nth(0).fill('5');
  await prices.nth(2).fill('12,5');
  await prices.nth(2).press('Enter');
  await expect(prices.nth(2)).toHaveAttribute('aria-invalid', 'true');
  await take(page, 'state prices refused');
});

test('picture of what cannot be looked for', async ({ page, signIn, gotoHydrated }) => {
  await signIn('designer');
  await gotoHydrated(`/requests?q=${'long '.repeat(60)}`);
  await take(page, 'state search refused');
});
