// §15, §20, AH7 in the browser: what vendors are owed, approved and paid; a vendor's own pages. In a world of its own, because
// others must not see it.
import { execFileSync } from 'node:child_process';
import type { Download, Locator, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { expect, test } from '../fixtures';

test.use({ world: 'payables' });

const REPORT = '/admin/reports/vendor-payments';
const table = (page: Page): Locator => page.getByRole('table', { name: 'Vendor payments' });
const rows = (page: Page): Locator => table(page).locator('tbody').getByRole('row');
const ticks = (page: Page): Locator => table(page).locator('tbody').getByRole('checkbox');
const bar = (page: Page): Locator => page.getByRole('region', { name: 'Bulk actions' });
const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'Mark as paid' });

/** The dialog, or without JavaScript the page that stands for it. */
const asked = (page: Page, javaScript: boolean): Locator => (javaScript ? dialog(page) : page.getByRole('main'));

/** The words above the table: "Paid $1,234.00" in cents. */
async function figure(page: Page, name: string): Promise<number> {
  const panel = page.locator('.panel', { has: page.getByRole('heading', { name, exact: true }) });
  return cents(await panel.locator('p').first().textContent());
}

/** "$1,234.00" in cents. */
const cents = (words: string | null): number => Number((words ?? '').replace('−', '-').replace(/[^0-9-]/g, ''));

/** The row of a vendor under *To pay*. */
const owed = (page: Page, vendor: string): Locator =>
  page.getByRole('main').getByRole('listitem').filter({ has: page.getByRole('heading', { name: vendor, exact: true }) });

async function file(download: Promise<Download>): Promise<Buffer> {
  return readFileSync(await (await download).path());
}

// First, while every vendor still has lines that wait.
test('VP4: whom to pay, vendor by vendor @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated(REPORT);
  const vendors = page.getByRole('main').getByRole('heading', { level: 3 });
  const names = await vendors.allTextContents();
  expect(names).not.toContain('Tri-POD');
  const approve = page.getByRole('button', { name: /^Approve / }).first();
  const vendor = ((await approve.textContent()) ?? '').replace('Approve', '').trim();
  const row = owed(page, vendor);
  await expect(row).toContainText(/To approve: \d+ lines?, /);
  await approve.click();
  await expect(page.getByText(/^\d+ lines? approved\.$/)).toBeVisible();
  await expect(row.getByRole('button', { name: /^Approve/ }), 'nothing of it waits any more').toHaveCount(0);
  await expectAccessible();
  await row.getByRole('link', { name: /^Pay / }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Mark as paid' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(vendor);
  await page.getByLabel('Reference').fill('ACH 77009');
  await expectAccessible();
  await page.getByRole('main').getByRole('button', { name: 'Mark as paid' }).click();
  await expect(page.getByText(/^Paid 1 vendor, \$[\d,.]+\.$/)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`${REPORT}$`));
  await expect(owed(page, vendor)).toHaveCount(0);
});

test('VP4, VP5: lines are found, approved and paid in bulk @nojs', async ({ page, signIn, gotoHydrated, javaScriptEnabled, expectAccessible }) => {
  // axe reads the long report several times, in light and in dark.
  test.slow();
  const javaScript = javaScriptEnabled !== false;
  await signIn('admin');
  await page.getByRole('link', { name: 'Vendor payments' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Vendor payments' })).toBeVisible();
  await expect(page.getByRole('link', { name: /^To pay/ })).toBeVisible();
  await expectAccessible();
  // TP4: what is in-house is shown where it is asked for.
  await gotoHydrated(`${REPORT}?tab=packs`);
  await expect(page.getByRole('table', { name: 'Totals by vendor' })).not.toContainText('Tri-POD');
  await gotoHydrated(`${REPORT}?tab=packs&inhouse=1`);
  await expect(page.getByRole('table', { name: 'Totals by vendor' })).toContainText('Tri-POD');
  const before = [await figure(page, 'Accrued'), await figure(page, 'Approved'), await figure(page, 'Paid')];
  await gotoHydrated(`${REPORT}?state=accrued&sort=vendor`);
  const filtered = [await figure(page, 'Accrued'), await figure(page, 'Approved'), await figure(page, 'Paid')];
  expect(filtered, 'the month does not follow the filters').toEqual(before);
  const name = (await ticks(page).nth(0).getAttribute('aria-label'))?.replace('Select ', '') ?? '';
  await ticks(page).nth(0).check();
  await ticks(page).nth(1).check();
  // Nothing is paid that was not approved.
  await bar(page).getByRole('button', { name: 'Mark as paid' }).click();
  await expect(asked(page, javaScript).getByText('Approve 2 lines first.')).toBeVisible();
  if (javaScript) {
    await page.keyboard.press('Escape');
  } else {
    await page.getByRole('link', { name: 'Cancel' }).click();
    await ticks(page).nth(0).check();
    await ticks(page).nth(1).check();
  }
  await bar(page).getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('2 lines approved.', { exact: true })).toBeVisible();
  await expect(page, 'the list is as it was left').toHaveURL(/state=accrued/);

  await gotoHydrated(`${REPORT}?state=approved&sort=vendor`);
  const row = rows(page).filter({ has: page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) });
  await row.getByRole('checkbox').check();
  await bar(page).getByRole('button', { name: 'Mark as paid' }).click();
  const form = asked(page, javaScript);
  await expect(form.getByText(/^1 line, \$/).first()).toBeVisible();
  await expect(form.getByLabel('Paid on')).toHaveValue('2027-03-10');
  await expect(form.getByLabel('Paid on'), 'what the calendar offers').toHaveAttribute('max', '2027-03-10');
  await expectAccessible();
  await form.getByRole('button', { name: 'Mark as paid' }).click();
  await expect(form.getByLabel('Reference')).toHaveAccessibleDescription(/required/i);
  await form.getByLabel('Paid on').fill('2027-03-11');
  await form.getByLabel('Reference').fill('ACH 77001');
  await form.getByRole('button', { name: 'Mark as paid' }).click();
  await expect(form.getByLabel('Paid on')).toHaveAccessibleDescription('Choose Mar 10, 2027 (Central time) or earlier.');
  await form.getByLabel('Paid on').fill('2027-03-10');
  await form.getByLabel('Reference').fill('ACH 77001');
  await form.getByRole('button', { name: 'Mark as paid' }).click();
  await expect(page.getByText(/^Paid 1 vendor, \$[\d,.]+\.$/)).toBeVisible();

  await gotoHydrated(`${REPORT}?q=ACH+77001`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText('Paid');
  await expect(rows(page).first()).toContainText('Mar 10, 2027');
  await rows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: 'How this was worked out' })).toBeVisible();
  await expect(page.getByText(/^Rules: VP1/)).toBeHidden();
  await page.getByText('Details', { exact: true }).click();
  await expect(page.getByText(/^Rules: VP1/)).toBeVisible();
  await expect(page.getByText(/^Marked as paid by Morgan Hale, .*reference ACH 77001$/)).toBeVisible();
  await expectAccessible();
  // Paid stays as paid; what was wrong is a line of its own.
  await page.getByLabel('Amount', { exact: true }).fill('-5');
  await page.getByLabel('Reason').fill('Two units were redone by us.');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await expect(page.getByText('Line corrected.')).toBeVisible();
  await expect(page.getByRole('link', { name: '−$5.00' })).toBeVisible();
  await expectAccessible();
});

test('RR3: of two people who pay at once each line is paid by one', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('admin');
  const robin = await pageOf('accountant');
  await gotoHydrated(`${REPORT}?state=accrued`);
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).click();
  await bar(page).getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText(/^\d+ lines? approved\.$/)).toBeVisible();
  await gotoHydrated(`${REPORT}?state=approved`);
  await gotoHydrated(`${REPORT}?state=approved`, robin);
  await expect(bar(robin)).toBeHidden();
  for (const [who, lines] of [[page, [0, 1, 2]], [robin, [1, 2, 3]]] as const) {
    for (const at of lines) {
      await ticks(who).nth(at).check();
    }
    await expect(bar(who).getByRole('button', { name: 'Approve' }), 'who pays does not approve').toHaveCount(who === page ? 1 : 0);
    const amounts = await Promise.all(lines.map(async (at) => cents(await rows(who).nth(at).locator('[data-label="Amount"]').textContent())));
    const sum = amounts.reduce((all, one) => all + one, 0);
    await expect(bar(who), 'what they add up to').toContainText(/3 selected · −?\$/);
    expect(cents((await bar(who).getByText(/selected/).textContent())?.split(' · ')[1] ?? null)).toBe(sum);
    await bar(who).getByRole('button', { name: 'Mark as paid' }).click();
    // Each vendor has a reference of its own.
    const references = dialog(who).getByLabel(/^Reference/);
    await expect(references.first()).toBeVisible();
    for (let at = 0; at < (await references.count()); at += 1) {
      await references.nth(at).fill(`ACH 7700${at + 2}`);
    }
  }
  await dialog(robin).getByRole('button', { name: 'Mark as paid' }).click();
  await expect(robin.getByText(/^Paid \d vendors?, \$[\d,.]+\.$/)).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Mark as paid' }).click();
  await expect(page.getByText(/^Paid 1 vendor, −?\$[\d,.]+\. 2 were already paid by Robin Castell at \d+:\d\d [AP]M\.$/)).toBeVisible();
});

test('AH7: a vendor sees what it has earned, and asks about a line @nojs', async ({ page, signIn, pageOf, gotoHydrated, javaScriptEnabled, expectAccessible }) => {
  await signIn('vendor');
  await gotoHydrated('/vendor');
  await expect(page.getByRole('heading', { name: 'Expected this period' })).toBeVisible();
  await expect(page.getByText(/^Earned \$[\d,.]+ = Paid \$[\d,.]+ \+ Approved \$[\d,.]+ \+ Accrued \$[\d,.]+$/)).toBeVisible();
  const titles = await page.getByRole('main').getByRole('heading', { level: 2 }).allTextContents();
  expect(titles.slice(0, 3), 'what is to do comes first').toEqual(['To do', 'Earnings', 'Packs']);
  await expect(page.getByRole('table', { name: 'Packs' }).locator('tbody').getByRole('row').first()).toContainText(/Client \d+/);
  await expect(page.getByRole('table', { name: 'Last payments' })).toContainText('ACH 20031');
  await expectAccessible();
  await gotoHydrated('/vendor/packs');
  await expect(page.getByText(/Continues|Ends [A-Z]/).first()).toBeVisible();
  await expectAccessible();
  await gotoHydrated('/vendor/payments');
  await expect(page.getByRole('columnheader', { name: 'Next delivery adds' })).toBeVisible();
  const lines = page.getByRole('table', { name: 'Lines' });
  await expect(lines.getByText('Question open').first()).toBeVisible();
  await expectAccessible();
  await page.getByLabel('Month', { exact: true }).selectOption({ index: 1 });
  if (javaScriptEnabled === false) {
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
  }
  await expect(page).toHaveURL(/month=2027-\d\d/);
  await expect(lines).toBeVisible();

  const free = lines.locator('tbody').getByRole('row').filter({ hasNotText: 'Question open' }).first();
  await free.getByRole('link').first().click();
  await page.getByLabel('Your question').fill('Is the <b>rate</b> right?');
  await page.getByRole('button', { name: 'Ask about this payment' }).click();
  await expect(page.getByText("Question sent. We'll email you the answer.")).toBeVisible();
  await expect(page.getByText('Is the <b>rate</b> right?')).toBeVisible();
  await expect(page.getByText('Not answered yet.')).toBeVisible();
  await expectAccessible();
  const line = new URL(page.url()).pathname.split('/').pop();

  const morgan = await pageOf('admin');
  await gotoHydrated(REPORT, morgan);
  await morgan.getByRole('link', { name: /vendor questions? to answer/ }).click();
  await expect(morgan).toHaveURL(/query=open/);
  await gotoHydrated(`${REPORT}/${line}`, morgan);
  await morgan.getByLabel('Answer').fill('It is what the pack says.');
  await morgan.getByRole('button', { name: 'Send answer' }).click();
  await expect(morgan.getByText('Answer sent.')).toBeVisible();
  await gotoHydrated('/admin/mail', morgan);
  await expect(morgan.getByText('Your question about a payment was answered').first()).toBeVisible();

  if (javaScriptEnabled === false) {
    await page.reload();
  }
  await expect(page.getByText('It is what the pack says.'), 'told without reloading').toBeVisible();
});

test('AH7, VP5: the files hold what the pages hold', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('vendor');
  await gotoHydrated('/vendor/payments');
  const count = await page.getByRole('table', { name: 'Lines' }).locator('tbody').getByRole('row').count();
  let download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe('pay-slip-now.csv');
  const csv = (await file(download)).toString('utf8');
  expect(csv.trim().split('\n')).toHaveLength(count + 1);
  expect(csv).toMatch(/Client \d+/);
  expect(csv).not.toContain('Northpine');
  download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'PDF' }).click();
  const pdf = await file(download);
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString()).toContain('PixelCo');

  const morgan = await pageOf('admin');
  await gotoHydrated(`${REPORT}?state=paid`, morgan);
  const paid = await rows(morgan).count();
  download = morgan.waitForEvent('download');
  await morgan.getByRole('link', { name: 'CSV' }).click();
  const report = (await file(download)).toString('utf8');
  expect(report.trim().split('\n')).toHaveLength(paid + 1);
  expect(report).toContain('ACH 20031');
  download = morgan.waitForEvent('download');
  await morgan.getByRole('link', { name: 'XLSX' }).click();
  expect((await file(download)).subarray(0, 2).toString()).toBe('PK');
});

test('on a phone: the report and the slip stay within the screen', async ({ page, signIn, pageOf, gotoHydrated, expectAccessible }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await signIn('vendor');
  const within = async (on: Page): Promise<void> => {
    expect(await on.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  };
  for (const path of ['/vendor', '/vendor/packs', '/vendor/payments']) {
    await gotoHydrated(path);
    await within(page);
    await expectAccessible();
  }
  await expect(page.getByRole('link', { name: 'Payments' }).first()).toBeVisible();
  const morgan = await pageOf('admin');
  await morgan.setViewportSize({ width: 390, height: 800 });
  await gotoHydrated(`${REPORT}?state=open`, morgan);
  await within(morgan);
  await ticks(morgan).first().check();
  await expect(bar(morgan)).toBeInViewport();
  await expectAccessible(morgan);
});

test('the books hold after all of it', async ({ application }) => {
  application.checkBooks();
});
