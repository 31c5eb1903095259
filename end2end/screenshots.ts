// Pictures for the README, not tests: `make screenshots`. Each is one page of the seeded demo, at the seed's instant.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hydrated, type Role, test } from './fixtures';

type Shot = {
  name: string;
  path: string;
  role?: Role;
  dark?: boolean;
  width?: number;
};

const SHOTS: Shot[] = [
  { name: 'sign-in', path: '/login' },
  { name: 'client-dashboard', path: '/dashboard', role: 'payg' },
  { name: 'client-dashboard-dark', path: '/dashboard', role: 'payg', dark: true },
  { name: 'client-dashboard-phone', path: '/dashboard', role: 'payg', width: 390 },
  { name: 'monthly-packs', path: '/services/packs', role: 'payg' },
  { name: 'requests', path: '/requests', role: 'payg' },
  { name: 'new-request', path: '/requests/new', role: 'payg' },
  { name: 'payment-packs', path: '/payment/packs', role: 'payg' },
  { name: 'admin-home', path: '/admin', role: 'admin' },
  { name: 'admin-packs', path: '/admin/packs', role: 'admin' },
  { name: 'pack-editor', path: '/admin/packs/new', role: 'admin' },
];

const folder = join(__dirname, '..', 'docs', 'screenshots');
mkdirSync(folder, { recursive: true });

for (const shot of SHOTS) {
  test(shot.name, async ({ page, signIn }) => {
    const width = shot.width ?? 1440;
    await page.setViewportSize({ width, height: width < 700 ? 844 : 900 });
    await page.emulateMedia({ colorScheme: shot.dark ? 'dark' : 'light' });
    if (shot.role) {
      await signIn(shot.role);
    }
    await page.goto(shot.path);
    await hydrated(page, true);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `${shot.name}.png`), caret: 'hide' });
  });
}
