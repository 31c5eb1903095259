// Every screen of the product: it reads, with JavaScript and without; axe finds nothing in it, light and dark, wide and
// narrow; nothing in it is wider than the page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, readingsOf, test } from '../fixtures';
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

/** On a phone rows are cards, which hide what runs over their edge: cells that do, and words broken for want of room. */
const cut = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const cells = [...document.querySelectorAll<HTMLElement>('.data-table.cards tbody :is(td, th)')];
    // What is placed by itself, such as a hint or words for screen readers, is not part of the line.
    const parts = (cell: HTMLElement) => [...cell.querySelectorAll('*')].filter((part) => !part.closest('[role=tooltip], .sr-only'));
    const over = (cell: HTMLElement) => parts(cell).some((part) => part.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1);
    const narrow = (cell: HTMLElement) =>
      parts(cell).some((part) => {
        const longest = Math.max(...(part.textContent ?? '').split(/[^\p{L}]+/u).map((word) => word.length));
        return part.childElementCount === 0 && longest * 4.5 > part.getBoundingClientRect().width;
      });
    return cells.filter((cell) => over(cell) || narrow(cell)).map((cell) => cell.textContent ?? '');
  });

/** What a row is for is never out of sight: its actions and its amount, where they stand beyond the edge of their table's frame. */
const hidden = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wanted = [...document.querySelectorAll<HTMLElement>('.data-table tbody :is(td:not([data-label]) :is(button, a.btn), [data-label=Amount])')];
    const out = (part: HTMLElement) => {
      const frame = part.closest('.data-table-frame')?.getBoundingClientRect();
      return frame !== undefined && part.getBoundingClientRect().right > frame.right + 1;
    };
    return wanted.filter(out).map((part) => part.textContent ?? '');
  });

/** Forms in which Enter would press a button that does something of its own. */
const surprising = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    // Enter at a field for files opens the choice.
    const typed = 'input:not([type=hidden], [type=submit], [type=file]), select';
    const forms = [...document.querySelectorAll('form')].filter((form) => form.querySelector(typed));
    const first = (form: HTMLFormElement) => [...form.elements].find((one) => one.matches(':is(button, input)[type=submit]'));
    const named = (button?: Element) => button?.hasAttribute('name') || button?.hasAttribute('formaction');
    return forms.filter((form) => named(first(form))).map((form) => `${form.action}: ${first(form)?.textContent}`);
  });

/** On paper nothing scrolls. */
const cutOnPaper = (page: Page): Promise<number> =>
  page.evaluate(() => [...document.querySelectorAll('.data-table-frame')].filter((frame) => frame.scrollWidth > frame.clientWidth + 1).length);

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
      // C14: hydration takes nothing of the title away.
      const served = /<title[^>]*>([^<]*)/.exec(await (await answer).text())?.[1]?.replaceAll('&amp;', '&');
      expect(served).toMatch(/. · Tri-POD$/);
      expect(await page.title()).toBe(served);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      if (!screen.status && screen.route !== '/admin/kit') {
        await expect(page.getByRole('alert')).toHaveCount(0);
      }
      for (const width of [1440, 1366, 1280, 1024, 768, 390]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await beyond(page), `${width} px: pixels beyond the page`).toBeLessThanOrEqual(0);
        if (width === 390) {
          expect(await cut(page), 'cells of cards that are cut').toEqual([]);
        }
        if (width >= 1280) {
          expect(await hidden(page), `${width} px: out of sight`).toEqual([]);
        }
        if (width === 1440 || width === 390) {
          await expectAccessible();
        }
      }
      expect(await surprising(page), 'what Enter presses').toEqual([]);
      // A sheet of letter size, landscape, at 96 dots an inch.
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize({ width: 1056, height: 816 });
      expect(await cutOnPaper(page), 'tables that are cut on paper').toBe(0);
    });
  });
}

/** How many tabs are open at once: each of them runs the app. */
const TABS = 10;

/** A page that waits for the payment provider asks again by itself, and says so to browsers without scripts too. */
const waits = (page: Page): Promise<boolean> =>
  page.evaluate(() => [...document.querySelectorAll('noscript')].some((part) => part.textContent?.includes('http-equiv="refresh"')));

for (const role of new Set(SCREENS.map((screen) => screen.role))) {
  test(`no screen as ${role ?? 'nobody'} has itself read again: ten seconds, no reading, no call to the payment provider`, async ({
    page,
    application,
    browser,
    contextOptions,
    baseURL,
    signIn,
    gotoHydrated,
  }) => {
    test.setTimeout(300_000);
    if (role) {
      await signIn(role);
    }
    const calls = async (): Promise<number> => (await application.sandbox<{ calls: number }>('calls')).calls;
    const paths: string[] = [];
    for (const screen of SCREENS.filter((screen) => screen.role === role && !screen.status)) {
      paths.push(screen.open ? await screen.open({ page, application }) : screen.route);
    }
    for (let from = 0; from < paths.length; from += TABS) {
      // In a browser of its own each: a tab holds a connection for the stream of changes, and a browser has six.
      const storageState = await page.context().storageState();
      const tabs = await Promise.all(
        paths.slice(from, from + TABS).map(async (path) => {
          const context = await browser.newContext({ ...contextOptions, baseURL, storageState });
          const tab = await context.newPage();
          await gotoHydrated(path, tab);
          return { path, tab, readings: readingsOf(tab) };
        }),
      );
      // What opening them, or a test before, has led to is over when the provider is asked for nothing more.
      let before = -1;
      await expect(async () => {
        const [last, now] = [before, await calls()];
        before = now;
        expect(now).toBe(last);
      }).toPass({ intervals: [2_000] });
      for (const { readings } of tabs) {
        readings.length = 0;
      }
      await page.waitForTimeout(10_000);
      const asked = (await calls()) - before;
      let waiting = false;
      for (const { path, tab, readings } of tabs) {
        const patient = await waits(tab);
        waiting ||= patient;
        for (const read of new Set(readings)) {
          const times = readings.filter((one) => one === read).length;
          expect(times, `${path} has read ${read}: ${readings.join(' ')}`).toBeLessThanOrEqual(patient ? 12 : 1);
        }
        await tab.context().close();
      }
      if (!waiting) {
        expect(asked, 'calls to the payment provider').toBe(0);
      }
    }
  });
}
