// Subscribing: with a card on file, through Checkout, declined, by royalties; with JavaScript and without.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'subscribe' });

/** The card of a pack that can be subscribed to, by its heading. */
async function subscribeTo(page: Page, pack: string): Promise<void> {
  await page.getByRole('button', { name: `Subscribe to ${pack}`, exact: true }).click();
  await expect(page.getByRole('heading', { name: pack })).toBeVisible();
}

test('SU5: a card on file: one confirmation, charged at once, and the page says what it has @nojs', async ({ page, signIn, gotoHydrated, application, expectAccessible }) => {
  await signIn('payg');
  await gotoHydrated('/services/packs');
  await expectAccessible();
  const pack = test.info().project.name.endsWith('nojs') ? '10 × Mug design' : '8 × Poster design';
  await subscribeTo(page, pack);
  await expect(page.getByText(/is charged to Visa •4242 now/)).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: new RegExp(`Subscribe and pay .*${pack}`) }).click();
  await expect(page).toHaveURL(/\/payment\/packs\/[0-9a-f-]{36}/);
  await expect(page.getByRole('meter', { name: pack })).toHaveAttribute('aria-valuenow', '0', { timeout: 30_000 });
  await expect(page.getByText(/\$\d+\.\d\d a month/).first()).toBeVisible();
  await expect(page.getByText('Active', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Receipt' })).toBeVisible();
  await expectAccessible();
  // Coming back and subscribing again is refused in words.
  await gotoHydrated('/payment/packs');
  await expect(page.getByRole('table', { name: 'Monthly packs' }).getByText(pack)).toBeVisible();
  await expectAccessible();
  await gotoHydrated('/payment/invoices');
  await expect(page.getByRole('table', { name: 'Invoices' }).getByText(pack)).toBeVisible();
  await expectAccessible();
  application.checkBooks();
});

test('SU7: by royalties it is active at once, without a card', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('royalties');
  await gotoHydrated('/services/packs');
  await subscribeTo(page, '12 × Phone case design');
  await page.getByRole('button', { name: 'Subscribe: 12 × Phone case design' }).click();
  await expect(page.getByRole('meter', { name: '12 × Phone case design' })).toBeVisible({ timeout: 30_000 });
  await gotoHydrated('/payment/methods');
  await expect(page.getByText(/no card is needed/)).toBeVisible();
  await expectAccessible();
});
