// Pictures of every screen, for looking at, not tests: PICTURES=/tmp/pictures scripts/e2e --project=pictures
// Each is the whole page, in three widths, light and dark.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './fixtures';
import { SCREENS, nameOf } from './screens';

const folder = process.env.PICTURES ?? '/tmp/pictures';
mkdirSync(folder, { recursive: true });

for (const screen of SCREENS) {
  test.describe(nameOf(screen), () => {
    test.use({ expectedErrors: [/status of/] });
    test('picture', async ({ page, application, signIn, gotoHydrated }) => {
      if (screen.role) {
        await signIn(screen.role);
      }
      await gotoHydrated(screen.open ? await screen.open({ page, application }) : screen.route);
      await page.evaluate(() => document.fonts.ready);
      const name = nameOf(screen).replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '');
      for (const [width, height] of [[1440, 900], [768, 1024], [390, 844]] as const) {
        await page.setViewportSize({ width, height });
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true, caret: 'hide' });
        }
      }
    });
  });
}
