// §14 in the browser: who does the work of which pack. In a world of its own, because others must not see it.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'assignments' });

const table = (page: Page): Locator => page.getByRole('table', { name: 'Pack assignments' });
const rows = (page: Page): Locator => table(page).locator('tbody').getByRole('row');
const ticks = (page: Page): Locator => table(page).locator('tbody').getByRole('checkbox');
const bar = (page: Page): Locator => page.getByRole('region', { name: 'Bulk actions' });
const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'Assign packs' });

/** AS1: "7 packs need a vendor". */
async function pending(page: Page): Promise<number> {
  const words = await page.getByText(/^\d+ packs? needs? a vendor$/).textContent();
  return Number(words?.split(' ')[0]);
}

const needs = (packs: number): string => `${packs} ${packs === 1 ? 'pack needs' : 'packs need'} a vendor`;

/** The dialog, or without JavaScript the page that stands for it. */
const asked = (page: Page, javaScript: boolean): Locator => (javaScript ? dialog(page) : page.getByRole('main'));

test('AS1–AS4: packs without a vendor come first and are assigned, one and several @nojs', async ({
  page,
  signIn,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  const before = await pending(page);
  expect(before, 'the demo has pending packs').toBeGreaterThan(2);
  await expect(rows(page).first()).toContainText('Pending Assignment');
  await expect(page.getByRole('link', { name: /^Assignments/ }).first()).toContainText(String(before));
  await expectAccessible();

  const name = (await ticks(page).first().getAttribute('aria-label'))?.replace('Select ', '') ?? '';
  await rows(page).first().getByRole('button', { name: `Assign ${name}` }).click();
  const one = asked(page, javaScript);
  await expect(one.getByText('Pending Assignment')).toBeVisible();
  await one.getByRole('radio').first().check();
  // AS3: what each vendor would do, before anybody chooses; without JavaScript, too.
  const vendors = one.getByRole('table', { name: 'Vendors' });
  await expect(vendors.getByText('Starts now', { exact: true }).first()).toBeVisible();
  await expect(vendors.getByText(/\d+ packs?, \d+ open requests?/).first()).toBeVisible();
  await expect(vendors.getByRole('columnheader', { name: 'Payment' })).toBeAttached();
  await expectAccessible();
  await one.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByText('1 pack assigned: 1 starts now.')).toBeVisible();
  await expect(page.getByText(needs(before - 1), { exact: true })).toBeVisible();

  await ticks(page).nth(0).check();
  await ticks(page).nth(1).check();
  await bar(page).getByRole('button', { name: 'Assign', exact: true }).click();
  const two = asked(page, javaScript);
  await expect(two.getByText('2 packs', { exact: true })).toBeVisible();
  await vendor(two, /^Tri-POD/).check();
  await two.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByText('2 packs assigned: 2 start now.')).toBeVisible();
  await expect(page.getByText(needs(before - 3), { exact: true })).toBeVisible();
});

/** The choice of a vendor. */
function vendor(within: Locator, name: RegExp): Locator {
  return within.getByRole('radio', { name });
}

test('AS5: another vendor is for the next period, is shown, and is taken back @nojs', async ({
  page,
  signIn,
  gotoHydrated,
  javaScriptEnabled,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('admin');
  await gotoHydrated('/admin/assignments?sort=-vendor');
  const free = rows(page).filter({ hasNotText: 'Pending Assignment' }).filter({ hasNotText: /Remove|Tri-POD/ }).first();
  const name = (await free.getByRole('checkbox').getAttribute('aria-label'))?.replace('Select ', '') ?? '';
  const row = rows(page).filter({ has: page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) });
  await row.getByRole('button', { name: `Assign ${name}` }).click();
  const form = asked(page, javaScript);
  await vendor(form, /^Tri-POD/).check();
  await expect(form.getByText(/^Starts [A-Z][a-z]{2} \d+, \d+:\d\d [AP]M CT$/).first()).toBeVisible();
  await form.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByText('1 pack assigned: 1 starts next period.')).toBeVisible();
  await expect(page, 'the list is as it was left').toHaveURL(/sort=-vendor/);
  await expect(row).toContainText(/Tri-POD\s*Remove\s*from [A-Z][a-z]{2} \d+/);
  await row.getByRole('button', { name: `Remove the next vendor of ${name}` }).click();
  await expect(page.getByText('Next vendor removed.')).toBeVisible();
  await expect(row.getByRole('button', { name: /^Remove/ })).toHaveCount(0);
});

test('selection: three states, ranges by shift, all matching, by keyboard and on a phone', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('designer');
  await gotoHydrated('/admin/assignments');
  const all = page.getByRole('checkbox', { name: 'Select all rows on this page' });
  const half = async (): Promise<boolean> => all.evaluate((box: HTMLInputElement) => box.indeterminate);
  await expect(bar(page)).toBeHidden();
  await ticks(page).nth(2).click();
  await expect(bar(page)).toContainText('1 selected');
  expect(await half(), 'some').toBe(true);
  await ticks(page).nth(6).click({ modifiers: ['Shift'] });
  await expect(bar(page)).toContainText('5 selected');
  await ticks(page).nth(4).click({ modifiers: ['Shift'] });
  await expect(bar(page), 'a range is left as it is taken').toContainText('2 selected');
  await all.click();
  await expect(bar(page)).toContainText('25 selected');
  expect(await half()).toBe(false);
  await expect(all).toBeChecked();
  await expectAccessible();
  await bar(page).getByRole('button', { name: /^Select all \d+ matching$/ }).click();
  await expect(bar(page)).toContainText(/(2[6-9]|[3-9]\d) selected/);
  await bar(page).getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(dialog(page).getByText(/^(2[6-9]|[3-9]\d) packs$/)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await bar(page).getByRole('button', { name: 'Clear' }).click();
  await expect(bar(page)).toBeHidden();

  // The keyboard alone: space, shift and space, the bar, the dialog.
  await ticks(page).nth(1).focus();
  await page.keyboard.press('Space');
  await ticks(page).nth(3).focus();
  await page.keyboard.press('Shift+Space');
  await expect(bar(page)).toContainText('3 selected');
  const assign = bar(page).getByRole('button', { name: 'Assign', exact: true });
  await assign.focus();
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByText('3 packs', { exact: true })).toBeVisible();
  for (let at = 0; at < 12; at += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement?.closest('dialog'));
    expect(outside, 'the focus stays in the dialog').toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await expect(assign, 'and returns to where it came from').toBeFocused();

  await page.setViewportSize({ width: 390, height: 800 });
  await expect(bar(page)).toBeInViewport();
  await ticks(page).nth(0).click();
  await expect(bar(page)).toContainText('4 selected');
  await expectAccessible();
});

test('AS6: of two at once the loser is told who and when', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('admin');
  const ana = await pageOf('designer');
  await gotoHydrated('/admin/assignments?pending=1');
  await gotoHydrated('/admin/assignments?pending=1', ana);
  const name = (await ticks(page).first().getAttribute('aria-label'))?.replace('Select ', '') ?? '';
  for (const who of [page, ana]) {
    await table(who).getByRole('button', { name: `Assign ${name}`, exact: true }).click();
    await vendor(dialog(who), /^Tri-POD/).check();
  }
  await dialog(ana).getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(ana.getByText('1 pack assigned: 1 starts now.')).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(dialog(page).getByRole('alert')).toHaveText(/^Ana Ruiz assigned this to Tri-POD (just now|\d+ (second|minute)s? ago)\.$/);
});

test('AS4, AS7: those that can be, and an emergency', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments?sort=-vendor');
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).click();
  await bar(page).getByRole('button', { name: 'Assign', exact: true }).click();
  const form = dialog(page);
  await expect(form.getByText(/\d+ can't: vendor doesn't offer /).first(), 'AS4: the summary, for who cannot see the table').toBeAttached();
  await expect(form.getByRole('heading', { name: 'Proposed spread' })).toBeVisible();
  await expect(form.getByRole('list', { name: 'Proposed spread' }).getByRole('listitem').first()).toContainText(' · ');
  await vendor(form, /^Threadline/).check();
  // Where not all can be, the button says so, and is not refused.
  await expect(form.getByRole('button', { name: 'Assign', exact: true })).toHaveCount(0);
  await expectAccessible();
  await form.getByRole('button', { name: /^Assign \d+ of \d+$/ }).click();
  await expect(page.getByText(/^\d+ packs? assigned: .*can't: vendor doesn't offer/)).toBeVisible();

  const row = rows(page).filter({ hasText: 'Tri-POD' }).first();
  await row.getByRole('button', { name: /^Assign / }).click();
  await form.getByText('Replace now', { exact: true }).first().click();
  await form.getByRole('radio').nth(1).check();
  await form.getByRole('button', { name: 'Replace now' }).click();
  await expect(form.getByLabel(/^Reason/)).toHaveAccessibleDescription(/required/i);
  await form.getByLabel(/^Reason/).fill('Everybody is ill.');
  await form.getByRole('button', { name: 'Replace now' }).click();
  await expect(page.getByText('1 pack assigned: 1 replaced now.')).toBeVisible();
});

test('what a vendor offers and gets, and the queue of requests @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments/requests');
  await expect(page.getByRole('table', { name: 'Unassigned pack requests' }).or(page.getByText('No requests are waiting'))).toBeVisible();
  await expectAccessible();
  await gotoHydrated('/admin/vendors');
  await page.getByRole('link', { name: 'Vectorhaus' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Vectorhaus' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Vendor', exact: true }).getByRole('link', { name: 'Prices' }).click();
  await page.getByLabel('Sticker sheet').fill('6.50');
  await page.getByRole('button', { name: 'Save services' }).click();
  await expect(page.getByText('Services saved.')).toBeVisible();
  await page.getByLabel('Pack', { exact: true }).selectOption({ label: '6 × Sticker sheet' });
  await page.getByLabel('Payment', { exact: true }).fill('40');
  await page.getByRole('button', { name: 'Save payment' }).click();
  const own = page.getByRole('table', { name: 'Custom payments for packs' });
  await expect(own.getByRole('row').filter({ hasText: '6 × Sticker sheet' })).toContainText('$40.00 for the period');
  await expectAccessible();
  await own.getByRole('button', { name: 'Remove the custom payment for 6 × Sticker sheet' }).click();
  await expect(own).toBeHidden();
});

test('AS6: what a colleague took since it was chosen is named before anybody decides', async ({ page, signIn, gotoHydrated, pageOf }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  await expect(ticks(page).nth(1)).toBeVisible();
  const name = (await ticks(page).nth(0).getAttribute('aria-label'))?.replace('Select ', '') ?? '';
  await ticks(page).nth(0).check();
  await ticks(page).nth(1).check();
  const other = await pageOf('designer');
  await gotoHydrated('/admin/assignments', other);
  await table(other).getByRole('button', { name: `Assign ${name}`, exact: true }).click();
  await vendor(dialog(other), /^(?!Tri-POD)/).first().check();
  await dialog(other).getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(other.getByText(/^1 pack assigned: 1 starts now/)).toBeVisible();
  await bar(page).getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(dialog(page).getByText('Changed since you selected them')).toBeVisible();
  await expect(dialog(page).getByRole('status')).toContainText(name);
  await expect(dialog(page).getByRole('status')).toContainText('assigned this to');
});
