// Pictures for the README, not tests: `make screenshots`. Each is one page of the seeded demo, at the seed's instant, with
// 256 colours at most, which a page of ours needs not be missed in.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import UPNG from 'upng-js';
import { type Role, expect, test } from './fixtures';

type Shot = {
  name: string;
  path: string;
  role?: Role;
  dark?: boolean;
  width?: number;
  /** What is done on the page first. */
  before?: (page: Page) => Promise<void>;
};

const SHOTS: Shot[] = [
  { name: 'client-dashboard', path: '/dashboard', role: 'payg' },
  { name: 'client-dashboard-dark', path: '/dashboard', role: 'payg', dark: true },
  { name: 'client-dashboard-phone', path: '/dashboard', role: 'payg', width: 390 },
  { name: 'monthly-packs', path: '/services/packs', role: 'payg' },
  { name: 'new-request', path: '/requests/new', role: 'payg', before: fillRequest },
  { name: 'payment-packs', path: '/payment/packs', role: 'payg' },
  { name: 'admin-home', path: '/admin', role: 'admin' },
  { name: 'admin-packs', path: '/admin/packs', role: 'admin' },
  { name: 'pack-editor', path: '/admin/packs/new', role: 'admin', before: fillPack },
  { name: 'requests', path: '/requests', role: 'designer' },
  { name: 'request', path: '/requests?status=in_review', role: 'admin', before: openDelivered },
  { name: 'assign-packs', path: '/admin/assignments', role: 'designer', before: assignAll },
];

/** A request whose pictures wait for the client. */
async function openDelivered(page: Page): Promise<void> {
  await page.locator('tbody tr', { has: page.locator('img') }).first().locator('a.row-link').click();
  await expect(page.getByRole('region', { name: 'Work', exact: true }).locator('img').first()).toBeVisible();
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode().catch(() => undefined))));
}

async function assignAll(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Assign all', exact: true }).click();
  await expect(page.getByRole('table', { name: 'Vendors' })).toBeVisible();
  await page.getByRole('radio').first().check();
}

/** A request that goes beyond the pack, with its quote. */
async function fillRequest(page: Page): Promise<void> {
  await page.getByLabel('Service', { exact: true }).selectOption({ label: 'Logo design · your pack 20 × Logo design' });
  await page.getByLabel('Title', { exact: true }).fill('Summer festival');
  await page.getByLabel('Quantity', { exact: true }).fill('12');
  await page.getByLabel('Brief', { exact: true }).fill('Twelve badges for the **festival** line: two colors each, readable at 3 cm.');
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('2 designs extra');
  await expect(page.getByText(/Draft saved/)).toBeVisible();
}

async function fillPack(page: Page): Promise<void> {
  await page.getByLabel('Service', { exact: true }).selectOption({ label: 'Logo design' });
  await page.getByLabel('Quantity').fill('30');
  await page.getByLabel('Monthly price').fill('570');
  await page.getByLabel('Vendor payment').fill('260');
  await expect(page.getByRole('complementary', { name: 'Figures' })).toContainText('24%');
}

/** The most that a picture in the repository may weigh. */
const MOST = 150_000;

const folder = join(__dirname, '..', 'docs', 'screenshots');
mkdirSync(folder, { recursive: true });

for (const shot of SHOTS) {
  test(shot.name, async ({ page, signIn, gotoHydrated }) => {
    const width = shot.width ?? 1440;
    await page.setViewportSize({ width, height: width < 700 ? 844 : 900 });
    await page.emulateMedia({ colorScheme: shot.dark ? 'dark' : 'light' });
    if (shot.role) {
      await signIn(shot.role);
    }
    await gotoHydrated(shot.path);
    await shot.before?.(page);
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : undefined));
    const { buffer, byteOffset, byteLength } = await page.screenshot({ caret: 'hide' });
    const image = UPNG.decode(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
    const png = Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, 256));
    expect(png.length, `${shot.name}.png: bytes`).toBeLessThan(MOST);
    writeFileSync(join(folder, `${shot.name}.png`), png);
  });
}
