// Tables that fit: one line a cell, no amount out of sight, a dozen rows above the fold, two lines a row on a phone; and the one
// bar by which every list is looked through.
import type { Page } from '@playwright/test';
import { type Role, expect, test } from '../fixtures';

test.use({ world: 'tables' });

/** `fold`: a dozen rows above the fold, which the demo has there; `amount`: each row has an amount, or some have. */
const LISTS: { path: string; role: Role; fold?: true; amount?: 'each' | 'some' }[] = [
  { path: '/requests', role: 'admin', fold: true },
  // Fewer are to be claimed than stand above the fold; all of the queue is more.
  { path: '/queue', role: 'designer' },
  { path: '/queue?part=all', role: 'designer', fold: true },
  { path: '/admin/assignments', role: 'admin', fold: true },
  { path: '/admin/reports/vendor-payments?tab=packs', role: 'admin', fold: true, amount: 'each' },
  { path: '/admin/reports/vendor-payments?tab=all', role: 'accountant', fold: true, amount: 'each' },
  { path: '/requests', role: 'vendor' },
  { path: '/vendor/payments', role: 'vendor', amount: 'some' },
  { path: '/admin/packs', role: 'admin', amount: 'each' },
  { path: '/admin/clients', role: 'admin' },
  { path: '/admin/people', role: 'admin' },
  { path: '/admin/audit', role: 'admin' },
];

type Shown = { tallest: number; whole: number; rows: number; amounts: number; cut: string[]; beyond: number };

/** What is seen of the rows of the page's lists: their heights, how many stand whole above the fold, and amounts out of sight. */
const look = (page: Page): Promise<Shown> =>
  page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>('.data-table.one-line tbody tr')];
    const boxes = rows.map((row) => row.getBoundingClientRect());
    // On a phone the bar at the bottom covers what is under it.
    const bar = document.querySelector('nav[aria-label="Main, bottom"]')?.getBoundingClientRect();
    const fold = bar && bar.height > 0 ? bar.top : window.innerHeight;
    const amounts = [...document.querySelectorAll<HTMLElement>('[data-label="Amount"], [data-label="Price"]')];
    const out = (cell: HTMLElement): boolean => {
      const frame = cell.closest('.data-table-frame')?.getBoundingClientRect();
      const beside = frame === undefined || cell.getBoundingClientRect().right > frame.right + 1;
      return beside || !cell.checkVisibility() || cell.scrollWidth > cell.clientWidth + 1;
    };
    return {
      tallest: Math.max(...boxes.map((box) => box.height)),
      whole: boxes.filter((box) => box.bottom <= fold).length,
      rows: rows.length,
      amounts: amounts.filter((cell) => /\d/.test(cell.textContent ?? '')).length,
      cut: amounts.filter(out).map((cell) => cell.textContent ?? ''),
      beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
  });

for (const { path, role, fold, amount } of LISTS) {
  test(`${path} as ${role}: a row is one line, its amount is in sight, and it fits @nojs`, async ({ page, signIn, gotoHydrated, javaScriptEnabled }) => {
    // Without JavaScript the bar of filters has a button of its own, and the views a line.
    const [most, onPhone] = javaScriptEnabled === false ? [10, 6] : [12, 7];
    await signIn(role);
    await gotoHydrated(path);
    await expect(page.locator('.data-table.one-line tbody tr').first()).toBeVisible();
    for (const width of [1280, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      const shown = await look(page);
      expect(shown.tallest, `${width} px: the tallest row`).toBeLessThanOrEqual(48);
      expect(shown.cut, `${width} px: amounts out of sight`).toEqual([]);
      if (amount) {
        expect(shown.amounts, `${width} px: amounts`).toBeGreaterThanOrEqual(amount === 'each' ? shown.rows : 1);
      }
      expect(shown.beyond, `${width} px: pixels beyond the page`).toBeLessThanOrEqual(0);
      if (fold && width === 1440) {
        expect(shown.whole, `whole rows above the fold, of ${shown.rows}`).toBeGreaterThanOrEqual(most);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    const phone = await look(page);
    expect(phone.beyond, '390 px: pixels beyond the page').toBeLessThanOrEqual(0);
    if (path === '/requests') {
      expect(phone.tallest, '390 px: the tallest row').toBeLessThanOrEqual(72);
      expect(phone.whole, '390 px: whole rows on the first screen').toBeGreaterThanOrEqual(Math.min(onPhone, phone.rows));
    }
  });
}

test('a list has the width of the screen up to 1,760 px, a page of text less', async ({ page, signIn, gotoHydrated }) => {
  await page.setViewportSize({ width: 2400, height: 900 });
  await signIn('admin');
  const width = (): Promise<number> => page.getByRole('main').evaluate((main) => main.getBoundingClientRect().width);
  await gotoHydrated('/requests');
  expect(await width()).toBe(1760);
  await gotoHydrated('/admin/integrity');
  expect(await width()).toBeLessThan(1300);
});

test('a column says when in short, and the whole instant stands behind it @nojs', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/requests?status=submitted');
  const submitted = page.locator('td[data-label="Submitted"] time').first();
  await expect(submitted).toHaveText(/^(now|\d+[mhd]|[A-Z][a-z]{2} \d+(, \d{4})?)$/);
  await expect(submitted).toHaveAttribute('title', /^[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d [AP]M CT$/);
  await expect(submitted).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT/);
  await gotoHydrated('/admin/assignments');
  await expect(page.locator('td[data-label="Period"]').first()).toHaveText(/^[A-Z][a-z]{2} \d+ – [A-Z][a-z]{2} \d+$/);
});

test('IN1: in a list what is included is a word, and only an exception is a badge', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/requests?coverage=included');
  const coverage = page.locator('td[data-label="Coverage"]');
  await expect(coverage.first()).toHaveText('Included in Pack');
  await expect(coverage.first().locator('.tint')).toHaveCount(0);
  await gotoHydrated('/requests?coverage=overage');
  await expect(coverage.first()).toHaveText(/^Overage · \$/);
  await expect(coverage.first().locator('.tint')).toHaveCount(1);
});

test('a filter applies when it is chosen, leaves nothing empty in the address, and follows its chip', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  const find = page.getByRole('search', { name: 'Find packs' });
  await expect(find.getByRole('button', { name: 'Apply' })).toBeHidden();
  const service = find.getByLabel('Service', { exact: true });
  await service.selectOption({ index: 1 });
  await expect(page).toHaveURL(/\/admin\/assignments\?service=[0-9a-f-]{36}$/);
  await expect(service).not.toHaveValue('');
  await find.getByRole('searchbox', { name: 'Search', exact: true }).fill('a');
  await find.getByRole('searchbox', { name: 'Search', exact: true }).press('Enter');
  await expect(page).toHaveURL(/q=a/);
  await page.getByRole('link', { name: /^Remove filter Service/ }).click();
  await expect(page).toHaveURL(/\/admin\/assignments\?q=a$/);
  await expect(service, 'the field says what holds').toHaveValue('');
  const views = page.getByRole('list', { name: 'Views' });
  await views.getByRole('link', { name: 'No vendor' }).click();
  await expect(page).toHaveURL(/pending=1/);
  await expect(views.getByRole('link', { name: 'No vendor' })).toHaveAttribute('aria-current', 'true');
  for (const row of await page.getByRole('table', { name: 'Pack assignments' }).locator('tbody').getByRole('row').all()) {
    await expect(row).toContainText('Pending Assignment');
  }
});

test('on a phone the filters are behind one button that counts them', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn('admin');
  await gotoHydrated('/requests?coverage=overage');
  const find = page.getByRole('search', { name: 'Find requests' });
  await expect(find.getByLabel('Coverage', { exact: true })).toBeHidden();
  await find.getByText('Filters (1)').click();
  await expect(find.getByLabel('Coverage', { exact: true })).toHaveValue('overage');
  await find.getByLabel('Coverage', { exact: true }).selectOption('');
  await expect(page).toHaveURL(/\/requests\??$/);
  await expectAccessible();
});

test('what is cut, and the instant behind a short time, is shown where it is pointed at', async ({ page, signIn, gotoHydrated }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await signIn('admin');
  await gotoHydrated('/admin/assignments');
  const values = page.locator('.one-line tbody td > .value');
  const at = await values.evaluateAll((parts) => parts.findIndex((part) => part.scrollWidth > part.clientWidth));
  expect(at, 'something is cut').toBeGreaterThanOrEqual(0);
  const words = (await values.nth(at).textContent())?.trim() ?? '';
  await values.nth(at).hover();
  await expect(page.locator('.one-line tbody td[title]')).toHaveAttribute('title', words);
  // The link of a row covers its cells.
  await gotoHydrated('/requests?status=approved');
  const time = page.locator('td[data-label="Submitted"] time').first();
  const box = await time.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 4, (box?.y ?? 0) + 4);
  const link = page.locator('.one-line tbody a.row-link').first();
  await expect(link).toHaveAttribute('title', (await time.getAttribute('title')) ?? '');
});
