// Every screen of the product: it reads, with JavaScript and without; axe finds nothing in it, light and dark, wide and
// narrow; nothing in it is wider than the page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { SCREENS, nameOf } from '../screens';

test.use({ world: 'screens' });

test('no route of src/app.rs is missing from the list of screens, and none is too many', () => {
  const source = readFileSync(join(__dirname, '..', '..', 'src', 'app.rs'), 'utf8');
  const routes = [...source.matchAll(/path!\("(\/[^"]*)"\)/g)].map(([, path]) => path);
  expect(routes.length).toBeGreaterThan(30);
  expect([...new Set(SCREENS.map((screen) => screen.route))].sort()).toEqual([...new Set(routes)].sort());
});

/** How many pixels the document is wider than the window. */
const beyond = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const screen of SCREENS) {
  test.describe(nameOf(screen), () => {
    // The browser's own line about a status that is not 200.
    test.use({ expectedErrors: screen.status ? [new RegExp(`status of ${screen.status}`)] : [] });

    test('reads, fits and is accessible @nojs', async ({ page, application, signIn, gotoHydrated, expectAccessible }) => {
      if (screen.role) {
        await signIn(screen.role);
      }
      const path = screen.open ? await screen.open({ page, application }) : screen.route;
      const answer = page.waitForResponse((response) => response.request().isNavigationRequest() && response.url().endsWith(path));
      await gotoHydrated(path);
      expect((await answer).status()).toBe(screen.status ?? 200);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      if (!screen.status && screen.route !== '/admin/kit') {
        await expect(page.getByRole('alert')).toHaveCount(0);
      }
      for (const width of [1440, 1280, 1024, 768, 390]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await beyond(page), `${width} px: pixels beyond the page`).toBeLessThanOrEqual(0);
        if (width === 1440 || width === 390) {
          await expectAccessible();
        }
      }
    });
  });
}
