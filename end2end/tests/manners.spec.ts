// What makes a tool pleasant: Back finds the row again, a breadcrumb leads to the list as it was, and what was pressed by mistake
// is taken back where it was pressed. What needs a decision leads to where it is made, and no id stands where somebody reads.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { SCREENS, nameOf } from '../screens';

test.use({ world: 'manners' });

test('Back from a request is the list where it was, with the focus on the row', async ({ page, signIn, gotoHydrated }) => {
  await page.setViewportSize({ width: 1280, height: 400 });
  await signIn('admin');
  await gotoHydrated('/requests?sort=number');
  const rows = page.getByRole('table', { name: 'Service requests' }).locator('tbody a.row-link');
  await rows.nth(20).scrollIntoViewIfNeeded();
  const place = await page.evaluate(() => window.scrollY);
  expect(place, 'the list is long enough').toBeGreaterThan(600);
  const href = (await rows.nth(20).getAttribute('href')) ?? '';
  await rows.nth(20).click();
  await expect(page).toHaveURL(new RegExp(`${href}$`));
  await expect(page.getByRole('region', { name: 'Activity' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await page.goBack();
  await expect(page.locator(`main a.row-link[href="${href}"]`)).toBeFocused();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(place);
});

for (const [path, name] of [['/admin/people', 'People'], ['/admin/clients', 'Clients']] as const) {
  test(`Back from a row of ${path} is the list where it was, with the focus on the row`, async ({ page, signIn, gotoHydrated }) => {
    await page.setViewportSize({ width: 1280, height: 400 });
    await signIn('admin');
    await gotoHydrated(path);
    const row = page.getByRole('table', { name, exact: true }).getByRole('rowheader').nth(20).getByRole('link');
    const href = (await row.getAttribute('href')) ?? '';
    await row.scrollIntoViewIfNeeded();
    const place = await page.evaluate(() => window.scrollY);
    expect(place, 'the list is long enough').toBeGreaterThan(600);
    await row.click();
    await expect(page).toHaveURL(new RegExp(`${href}$`));
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await page.goBack();
    await expect(row).toBeFocused();
    await expect(row).toHaveAttribute('href', href);
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(place);
  });
}

test('the menu leads to a list as somebody looked at it last, and from the list to all of it', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/assignments?q=design&pending=1&sort=-used');
  const menu = page.getByRole('navigation', { name: 'Main', exact: true });
  await menu.getByRole('link', { name: 'Packs', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/packs$/);
  await menu.getByRole('link', { name: /^Assignments/ }).click();
  await expect(page, 'without what was searched for').toHaveURL(/\/admin\/assignments\?pending=1&sort=-used$/);
  await expect(page.getByRole('list', { name: 'Active filters' })).toContainText('No vendor');
  await menu.getByRole('link', { name: /^Assignments/ }).click();
  await expect(page).toHaveURL(/\/admin\/assignments$/);
  await menu.getByRole('link', { name: 'Packs', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/packs$/);
  await menu.getByRole('link', { name: /^Assignments/ }).click();
  await expect(page).toHaveURL(/\/admin\/assignments$/);
});

// Another thing is another page, though the route is the same.
for (const [role, list, table, field] of [
  ['admin', '/requests', 'Service requests', 'Message'],
  ['admin', '/admin/packs', 'Packs', 'Monthly price'],
] as const) {
  test(`what was typed on one page of ${list} is not on the next one`, async ({ page, signIn, gotoHydrated }) => {
    await signIn(role);
    await gotoHydrated(list);
    await page.getByRole('table', { name: table, exact: true }).locator('tbody a.row-link').first().click();
    const input = page.getByLabel(field, { exact: true });
    await input.fill('777');
    const here = page.url();
    await page.getByRole('link', { name: 'Next in list' }).click();
    await expect(page).not.toHaveURL(here);
    await expect(input).toBeVisible();
    await expect(input).not.toHaveValue('777');
  });
}

test('a request leads back to its list with the filters, and [ and ] walk through that', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/requests?status=approved');
  const rows = page.getByRole('table', { name: 'Service requests' }).locator('tbody a.row-link');
  const [first, second] = await Promise.all([0, 1].map((at) => rows.nth(at).getAttribute('href')));
  await rows.nth(0).click();
  await expect(page).toHaveURL(new RegExp(`${first}$`));
  const crumbs = page.getByRole('navigation', { name: 'Breadcrumb' });
  await expect(crumbs.getByRole('link', { name: 'Requests', exact: true })).toHaveAttribute('href', '/requests?status=approved');
  await expect(crumbs.getByRole('link', { name: 'Previous in list' }), 'it is the first one').toHaveCount(0);
  await page.keyboard.press(']');
  await expect(page).toHaveURL(new RegExp(`${second}$`));
  await page.keyboard.press('[');
  await expect(page).toHaveURL(new RegExp(`${first}$`));
  await crumbs.getByRole('link', { name: 'Requests', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\?status=approved$/);
  // What was opened otherwise knows no list.
  await page.evaluate(() => {
    window.sessionStorage.clear();
  });
  await gotoHydrated(first ?? '');
  await expect(crumbs.getByRole('link')).toHaveText(['Requests']);
  await expect(crumbs.getByRole('link')).toHaveAttribute('href', '/requests');
});

test('TP5: a claim is taken back where it was pressed, and so is its release', async ({ page, signIn, gotoHydrated }) => {
  await signIn('designer');
  await gotoHydrated('/queue');
  const first = page.getByRole('table', { name: 'Requests in the queue' }).locator('tbody tr').first();
  const href = (await first.locator('a.row-link').getAttribute('href')) ?? '';
  const row = page.locator('tbody tr', { has: page.locator(`a[href="${href}"]`) });
  await first.getByRole('button', { name: /^Claim #/ }).click();
  const said = page.getByRole('region', { name: 'Notifications' }).getByRole('listitem');
  await expect(said).toContainText('is yours.');
  await expect(row).toHaveCount(0);
  await expect(said.getByRole('link', { name: 'Open' })).toHaveAttribute('href', href);
  // Never over what stands at the right.
  const box = await said.boundingBox();
  expect((box?.x ?? 9999) + (box?.width ?? 0)).toBeLessThan((page.viewportSize()?.width ?? 0) / 2 + 100);
  await said.getByRole('button', { name: 'Undo' }).click();
  await expect(row, 'it is free again').toHaveCount(1);
  await expect(said).toContainText('Released.');
  await said.getByRole('button', { name: 'Undo' }).click();
  await expect(said).toContainText('is yours.');
  await expect(row).toHaveCount(0);
});

test('PE9: a pack that was hidden is shown again', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/packs');
  const toggle = page.getByRole('switch', { checked: true }).first();
  const name = (await toggle.getAttribute('aria-label')) ?? '';
  const same = page.getByRole('switch', { name, exact: true });
  await toggle.click();
  await expect(same).toHaveAttribute('aria-checked', 'false');
  await page.getByRole('region', { name: 'Notifications' }).getByRole('button', { name: 'Undo' }).click();
  await expect(same).toHaveAttribute('aria-checked', 'true');
});

test('rows are as high as somebody has chosen, from the document on @nojs', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/requests');
  const row = page.locator('.data-table.one-line tbody tr').nth(1);
  const height = async (): Promise<number> => Math.round((await row.boundingBox())?.height ?? 0);
  const roomy = await height();
  expect(roomy).toBeGreaterThanOrEqual(44);
  await page.locator('summary', { hasText: 'Your menu' }).click();
  await page.getByRole('button', { name: 'Compact rows' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-rows', 'compact');
  await expect.poll(height).toBeLessThanOrEqual(38);
  await gotoHydrated('/requests');
  expect(await height(), 'and stays').toBeLessThanOrEqual(38);
});

for (const [path, column, other] of [
  ['/requests', 'Coverage', 'Status'],
  ['/admin/clients', 'Alias', 'Payment type'],
] as const) {
  test(`a column of ${path} that is not wanted is left out, from the document on, and comes back @nojs`, async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated(path);
    const head = page.getByRole('columnheader', { name: column });
    const cell = page.locator(`td[data-label="${column}"]`).first();
    await expect(head).toBeVisible();
    const choose = async (check: boolean): Promise<void> => {
      await page.locator('summary', { hasText: 'Columns' }).click();
      const form = page.getByRole('form', { name: 'Columns' });
      await form.getByRole('checkbox', { name: column }).setChecked(check);
      await form.getByRole('button', { name: 'Apply' }).click();
    };
    await choose(false);
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    await expect(head).toBeHidden();
    await expect(cell).toBeHidden();
    await expect(page.locator(`td[data-label="${other}"]`).first(), 'the others stay').toBeVisible();
    await choose(true);
    await expect(head).toBeVisible();
    await expect(cell).toBeVisible();
  });
}

test('the list of requests has views that are links, and the one that is on leads back', async ({ page, signIn, gotoHydrated }) => {
  await signIn('designer');
  await gotoHydrated('/requests');
  const views = page.getByRole('list', { name: 'Views' });
  await views.getByRole('link', { name: 'Mine' }).click();
  await expect(page).toHaveURL(/\/requests\?view=mine$/);
  await expect(views.getByRole('link', { name: 'Mine' })).toHaveAttribute('aria-current', 'true');
  await views.getByRole('link', { name: 'Mine' }).click();
  await expect(page).toHaveURL(/\/requests$/);
});

test('UX36: the audit log says who did what, by person, and as a file @nojs', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/audit');
  const changes = page.getByRole('table', { name: 'Changes' });
  await expect(changes.getByRole('rowheader').first()).toHaveText(/^[A-Z].* (signed in|[a-z]+ .+)$/);
  await expect(changes).not.toContainText('_cents');
  await expect(changes.getByRole('rowheader').filter({ hasText: /[0-9a-f]{8}-[0-9a-f]{4}-/ }), 'no ids').toHaveCount(0);
  const file = await page.request.get((await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '');
  expect(file.headers()['content-type']).toContain('text/csv');
  await gotoHydrated('/admin/audit?q=nobody+of+this+name');
  await expect(page.getByText('No changes', { exact: true })).toBeVisible();
});

test('UX40: in test mode a short page does not scroll', async ({ page, signIn, gotoHydrated }) => {
  await page.setViewportSize({ width: 1440, height: 1600 });
  await signIn('admin');
  await gotoHydrated('/admin/integrity');
  await expect(page.getByRole('complementary', { name: 'Test mode' })).toBeVisible();
  const beyond = await page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);
  expect(beyond).toBe(0);
});

for (const role of ['admin', 'accountant', 'support'] as const) {
  test(`§20: each decision of ${role} has one link, to a page that opens for them as it is named @nojs`, async ({ page, signIn }) => {
    await signIn(role);
    const rows = page.getByRole('region', { name: 'Needs a decision' }).getByRole('listitem');
    expect(await rows.count(), 'the demo has something to decide').toBeGreaterThan(0);
    for (const row of await rows.all()) {
      await expect(row.getByRole('link')).toHaveCount(1);
      const href = (await row.getByRole('link').getAttribute('href')) ?? '';
      const answer = await page.request.get(href, { headers: { accept: 'text/html' } });
      const { pathname, search } = new URL(answer.url());
      // Not by way of another page, as the sign-in would be.
      expect([answer.status(), pathname + search], href).toEqual([200, href]);
    }
  });
}

/** The group *System* of the sidebar: there, ids are what somebody looks for. */
const SYSTEM = /^\/admin\/(webhooks|integrity|audit|mail|settings)(\/|$)/;
const READ = SCREENS.filter((screen) => !SYSTEM.test(screen.route));

/** The ids that stand on the page, of rules (CO2) and of things: what is folded away or hidden is not read. MP4 is a kind of file. */
const ids = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const id = /\b(?!MP4\b)[A-Z]{2}\d{1,2}\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b/g;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const part = text.parentElement;
      const folded = part?.closest('details:not([open]) > :not(summary)');
      if (part?.checkVisibility() && !folded) {
        found.push(...(text.textContent?.match(id) ?? []));
      }
    }
    return found;
  });

test.describe('what is read', () => {
  // The browser's own line about a link of nobody.
  test.use({ expectedErrors: [/status of 410/] });

  for (const role of new Set(READ.map((screen) => screen.role))) {
    test(`no screen as ${role ?? 'nobody'} shows the id of a rule or of a thing`, async ({ page, application, signIn, gotoHydrated }) => {
      test.slow();
      if (role) {
        await signIn(role);
      }
      for (const screen of READ.filter((one) => one.role === role)) {
        await gotoHydrated(screen.open ? await screen.open({ page, application }) : screen.route);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        const found = await ids(page);
        expect(found, nameOf(screen)).toEqual([]);
      }
    });
  }
});

test.describe('with a finger', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('what can be pressed is 44 px high and wide', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/requests');
    expect(await page.evaluate(() => window.matchMedia('(pointer: coarse)').matches)).toBe(true);
    const request = (await page.locator('a.row-link').first().getAttribute('href')) ?? '';
    for (const path of ['/requests?status=approved', request, '/queue', '/admin/packs', '/admin/assignments', '/admin/audit']) {
      await gotoHydrated(path);
      const small = await page.evaluate(() => {
        const all = [...document.querySelectorAll<HTMLElement>('.btn, .crumb, .chip, .view-link, header > a, .pop > summary, thead a')];
        const seen = all.filter((one) => one.checkVisibility() && (one.closest('thead')?.getBoundingClientRect().width ?? 99) > 1);
        const boxes = seen.map((one) => ({ words: one.textContent ?? '', box: one.getBoundingClientRect() }));
        return boxes.filter(({ box }) => box.height > 0 && (box.height < 43.5 || box.width < 43.5)).map(({ words, box }) => `${words.trim()} ${box.width} × ${box.height}`);
      });
      expect(small, path).toEqual([]);
    }
  });
});
