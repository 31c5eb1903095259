// §14 with 500 subscriptions, of which 7 have no vendor.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'many-packs', morePacks: 457 });

const rows = (page: Page) => page.getByRole('table', { name: 'Pack assignments' }).locator('tbody').getByRole('row');
const ticks = (page: Page) => rows(page).getByRole('checkbox');
const bar = (page: Page) => page.getByRole('region', { name: 'Bulk actions' });

test('7 of 500 wait: filtered, taken by a range with shift, assigned; of two people the second is told who was first', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
}) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  await expect(page.getByText('25 of 500 packs')).toBeVisible();
  await expect(page.getByText('7 packs need a vendor', { exact: true })).toBeVisible();
  // Another person looks at the same rows before anything happens.
  const lead = await pageOf('designer');
  for (const one of [page, lead]) {
    await gotoHydrated('/admin/assignments?pending=1', one);
    await expect(rows(one)).toHaveCount(7);
    await ticks(one).nth(1).click();
    await ticks(one).nth(5).click({ modifiers: ['Shift'] });
    await expect(bar(one)).toContainText('5 selected');
    await bar(one).getByRole('button', { name: 'Assign', exact: true }).click();
    const dialog = one.getByRole('dialog', { name: 'Assign packs' });
    await expect(dialog.getByText('5 packs', { exact: true })).toBeVisible();
    await dialog.getByRole('radio', { name: /^Tri-POD/ }).check();
  }
  await page.getByRole('dialog').getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByText('5 packs assigned: 5 start now.')).toBeVisible();
  await expect(rows(page)).toHaveCount(2);
  await lead.getByRole('dialog').getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(lead.getByText(/Morgan Hale assigned .+ to Tri-POD/).first()).toBeVisible();
});

test('a selected row is drawn again by itself, and so is the bar: no other row changes', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  await page.evaluate(() => {
    const changed = new Set<string>();
    (window as unknown as { changed: Set<string> }).changed = changed;
    const place = (node: Node): string => {
      const element = node instanceof Element ? node : node.parentElement;
      const row = element?.closest('tbody tr');
      return row ? `row ${[...(row.parentElement?.children ?? [])].indexOf(row)}` : element?.closest('thead') ? 'head' : element?.closest('main') ? 'beside' : 'frame';
    };
    new MutationObserver((records) => {
      for (const record of records) {
        changed.add(place(record.target));
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await ticks(page).nth(3).click();
  await expect(bar(page)).toContainText('1 selected');
  const changed = await page.evaluate(() => [...(window as unknown as { changed: Set<string> }).changed].sort());
  expect(changed.filter((place) => place.startsWith('row')).filter((place) => place !== 'row 3')).toEqual([]);
  expect(changed).not.toContain('frame');
});
