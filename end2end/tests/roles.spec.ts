// What each role finds and does not find (§25, §29): its navigation leads only where it may go, its pages hold nothing that
// is not its own to see or do.
import type { Page } from '@playwright/test';
import { type Role, expect, test } from '../fixtures';

test.use({ world: 'roles' });

/** The places of each role's navigation, in their order. */
const PLACES: Partial<Record<Role, string[]>> = {
  payg: ['Dashboard', 'Requests', 'Services', 'Payment', 'Members'],
  designer: ['Queue', 'Requests', 'Assignments'],
  vendor: ['Dashboard', 'Requests', 'Packs', 'Payments'],
  accountant: ['Home', 'Clients', 'Vendor payments'],
  support: ['Home', 'Requests', 'Clients'],
  admin: ['Home', 'Requests', 'Queue', 'Assignments', 'Packs', 'Clients', 'Vendor payments', 'Services', 'Vendors', 'People', 'Webhooks', 'Integrity', 'Audit log', 'Mail', 'Settings'],
};

async function expectPlaces(page: Page, places: string[]): Promise<void> {
  const links = page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link');
  const names = (await links.allInnerTexts()).map((text) => text.replace(/\d.*$/s, '').trim());
  expect(names).toEqual(places);
  for (const href of await links.evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''))) {
    const answer = await page.request.get(href, { headers: { accept: 'text/html' } });
    expect(answer.status(), href).toBe(200);
  }
}

for (const [role, places] of Object.entries(PLACES) as [Role, string[]][]) {
  test(`${role}: the navigation leads where this role may go, and so does every link of its home @nojs`, async ({ page, signIn }) => {
    await signIn(role);
    await expectPlaces(page, places);
    const inside = page.getByRole('main').locator('a[href^="/"]');
    const hrefs = new Set(await inside.evaluateAll((all) => all.map((a) => a.getAttribute('href')?.split('#')[0] ?? '')));
    for (const href of hrefs) {
      const answer = await page.request.get(href, { headers: { accept: 'text/html' } });
      expect(answer.status(), href).toBe(200);
    }
  });
}

test.describe('refusals', () => {
  // The browser's own line about the status.
  test.use({ expectedErrors: [/status of 403/] });

  test('accountant: sees the figures and the clients, changes nothing @nojs', async ({ page, signIn, gotoHydrated }) => {
    await signIn('accountant');
    await expect(page.getByRole('heading', { name: 'Monthly revenue' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Needs a decision' })).toBeVisible();
    // Money only: what waits to be approved and paid, what vendors ask, and the files.
    const main = page.getByRole('main');
    await expect(main.getByRole('listitem').filter({ hasText: ' accrued, waiting for approval' })).toBeVisible();
    await expect(main.getByRole('link', { name: /^Pay / })).toBeVisible();
    await expect(main.getByRole('link', { name: /^Approve / })).toHaveCount(0);
    await expect(main.getByText('has no vendor')).toHaveCount(0);
    await expect(main.getByRole('table', { name: 'Recent requests' })).toHaveCount(0);
    await expect(main.getByRole('link', { name: /\(CSV\)$/ })).toHaveCount(4);
    await gotoHydrated('/admin/clients');
    await expect(page.getByRole('link', { name: 'New client' })).toHaveCount(0);
    for (const path of ['/requests', '/admin/packs', '/admin/people', '/admin/mail', '/admin/integrity', '/dashboard', '/vendor']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(403);
    }
  });

  test('support: reads requests and clients, and can write nowhere @nojs', async ({ page, signIn, gotoHydrated }) => {
    await signIn('support');
    await page.getByRole('table', { name: 'Recent requests' }).getByRole('link').first().click();
    await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
    await expect(page.getByRole('heading', { name: 'Activity' })).toBeVisible();
    const main = page.getByRole('main');
    await expect(main.getByRole('textbox')).toHaveCount(0);
    await expect(main.getByRole('button')).toHaveCount(0);
    await gotoHydrated('/admin/clients?q=northpine');
    await page.getByRole('link', { name: 'Northpine Goods' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Northpine Goods' })).toBeVisible();
    await expect(page.getByRole('meter').first()).toBeVisible();
    await expect(main.getByRole('textbox')).toHaveCount(0);
    await expect(main.getByRole('button')).toHaveCount(0);
    for (const path of ['/admin/clients/new', '/admin/packs', '/admin/people', '/requests/new', '/payment/packs']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(403);
    }
  });

  test('vendor: the work without prices and without names @nojs', async ({ page, signIn, gotoHydrated, pageOf }) => {
    await signIn('vendor');
    await expect(page.getByRole('heading', { level: 1, name: 'Your work' })).toBeVisible();
    await gotoHydrated('/requests');
    expect(await page.getByRole('main').innerText()).not.toContain('$');
    expect(await page.content()).not.toContain('Northpine');
    const admin = await pageOf('admin');
    await gotoHydrated('/requests', admin);
    const someones = await admin.getByRole('table', { name: 'Service requests' }).getByRole('link').nth(8).getAttribute('href');
    expect(someones).toMatch(/^\/requests\/[0-9a-f-]{36}$/);
    for (const path of ['/dashboard', '/admin', '/payment/packs', '/requests/new']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(403);
    }
    expect((await page.request.get(someones ?? '', { headers: { accept: 'text/html' } })).status(), 'a foreign request').toBe(404);
  });

  test('member: sees the packs, asks, and leaves money to the owner @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
    await signIn({ email: 'team@northpinegoods.test', password: 'monthly-packs-demo' });
    await expectPlaces(page, ['Dashboard', 'Requests', 'Services']);
    await expect(page.getByRole('meter').first()).toBeVisible();
    await gotoHydrated('/services/packs');
    await expect(page.getByRole('button', { name: /^Subscribe/ })).toHaveCount(0);
    await expect(page.getByRole('status').filter({ hasText: 'Only your account owner can subscribe.' })).toBeVisible();
    await expectAccessible();
    for (const path of ['/payment/packs', '/payment/methods', '/payment/invoices', '/members']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(403);
    }
  });
});
