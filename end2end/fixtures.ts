// What every browser test starts from. Import `test` and `expect` from here, not from Playwright.
//
// - Each worker has an application of its own, on its own copy of the demo; so has a file that says
//   `test.use({ world: 'any name' })`, for tests whose changes others must not see.
// - A test fails when any page of its browser logs an error, throws, or does not hydrate as the server rendered it.
// - Tests tagged `@nojs` run with JavaScript and without, `@only-nojs` only without.
import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';
import { DEMO_PASSWORD, type Person, World } from './world';

export { expect };
export { SEEDED_AT } from './world';

/** The sign-ins of the demo. */
export const PEOPLE = {
  admin: 'admin@demo.test',
  designer: 'designer@demo.test',
  vendor: 'vendor@demo.test',
  accountant: 'accountant@demo.test',
  support: 'support@demo.test',
  payg: 'payg@demo.test',
  monthly: 'monthly@demo.test',
  royalties: 'royalties@demo.test',
} as const;
export type Role = keyof typeof PEOPLE;
export const PASSWORD = DEMO_PASSWORD;

/** Options that a file or a `describe` may set with `test.use`. */
export type Options = {
  /** Console errors that the test provokes on purpose, such as the browser's own line about a 404. */
  expectedErrors: RegExp[];
};

type WorkerFixtures = {
  /** A name; a file with a name of its own gets an application of its own. Only at the top of a file, not in a describe. */
  world: string;
  /** Packs of its application besides those of the demo; only together with a world of its own. */
  morePacks: number;
  /** The running application. */
  application: World;
};

type Fixtures = {
  /** Opens a path and waits until the page is alive (without JavaScript: until it is there). */
  gotoHydrated: (path: string, page?: Page) => Promise<void>;
  /** Signs in and waits for the person's home page. By a post: the form has tests of its own in access.spec.ts. */
  signIn: (who: Role | Person, page?: Page) => Promise<void>;
  /** A page in a browser of its own, signed in: for tests with two people. */
  pageOf: (who: Role | Person) => Promise<Page>;
  /**
   * No violation of axe's rules, and none of those about colours in the dark theme. axe is JavaScript: in the project without, this
   * does nothing, and the same test's run with JavaScript looks at the same page.
   */
  expectAccessible: (page?: Page) => Promise<void>;
  /** What went wrong in the browser so far; empty at the end of a good test. */
  browserErrors: string[];
};

/** Notes errors of every page of a context, those opened later included. */
function listen(context: BrowserContext, errors: string[], expected: RegExp[]): void {
  // Chromium writes a line for every answer above 399. That of a server function which says no in its own words is the
  // answer that the page shows; one that failed (500 and above) stays an error.
  const answered = /status of 4\d\d .*\/(api\/|requests\/files)/;
  const note = (text: string): void => {
    if (!answered.test(text) && !expected.some((pattern) => pattern.test(text))) {
      errors.push(text);
    }
  };
  context.on('console', (message) => {
    if (message.type() === 'error' || /hydrat/i.test(message.text())) {
      note(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => note(`thrown: ${error.error().stack ?? error.error().message}`));
}

/** The page's own mark that the wasm has taken over; a page without JavaScript is ready as it is. */
export async function hydrated(page: Page, javaScript: boolean): Promise<void> {
  if (javaScript) {
    await expect(page.locator('html[data-hydrated="true"]')).toBeAttached({ timeout: 20_000 });
  }
}

/** Shows a size of a pack, where its service has several (*Services › Monthly Packs*). */
export async function chooseSize(page: Page, pack: string): Promise<void> {
  const size = page.getByRole('radio', { name: pack, exact: true });
  if ((await size.count()) > 0) {
    await size.check();
  }
}

/** What the page asks the server for from now on, the stream of changes aside. */
export const readingsOf = (page: Page): string[] => {
  const readings: string[] = [];
  page.on('request', (request) => {
    if (['document', 'fetch', 'xhr'].includes(request.resourceType()) && !request.url().endsWith('.wasm')) {
      readings.push(new URL(request.url()).pathname);
    }
  });
  return readings;
};

/** That nothing was read but the page, so often at most, and the counts in its frame as often. */
export const expectReadings = (readings: string[], page: string, most: number): void => {
  const expected = [page, '/api/page/counts'];
  expect(readings.filter((path) => !expected.includes(path))).toEqual([]);
  for (const path of expected) {
    expect(readings.filter((one) => one === path).length, readings.join(' ')).toBeLessThanOrEqual(most);
  }
};

async function openAndWait(page: Page, path: string, javaScript: boolean): Promise<void> {
  await page.goto(path);
  await hydrated(page, javaScript);
}

async function signInBy(application: World, page: Page, who: Role | Person, javaScript: boolean): Promise<void> {
  const cookie = await application.session(typeof who === 'string' ? { email: PEOPLE[who], password: PASSWORD } : who);
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url: application.url }]);
  await openAndWait(page, '/', javaScript);
  await expect(page).not.toHaveURL(/\/login/);
}

export const test = base.extend<Fixtures & Options, WorkerFixtures>({
  expectedErrors: [[], { option: true }],
  world: ['shared', { option: true, scope: 'worker' }],
  morePacks: [0, { option: true, scope: 'worker' }],

  application: [
    async ({ world, morePacks }, use, worker) => {
      const running = await World.start(`${worker.project.name}-${world}-${worker.workerIndex}`, morePacks);
      await use(running);
      await running.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  baseURL: async ({ application }, use) => {
    await use(application.url);
  },

  // Automatic: no test has to ask for it.
  browserErrors: [
    async ({ context, expectedErrors }, use) => {
      const errors: string[] = [];
      listen(context, errors, expectedErrors);
      await use(errors);
      expect(errors, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],

  gotoHydrated: async ({ page, javaScriptEnabled }, use) => {
    await use((path, on = page) => openAndWait(on, path, javaScriptEnabled !== false));
  },

  signIn: async ({ application, page, javaScriptEnabled }, use) => {
    await use((who, on = page) => signInBy(application, on, who, javaScriptEnabled !== false));
  },

  pageOf: async ({ application, browser, baseURL, contextOptions, javaScriptEnabled, locale, timezoneId, viewport, browserErrors, expectedErrors }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (who) => {
      const context = await browser.newContext({ ...contextOptions, baseURL, javaScriptEnabled, locale, timezoneId, viewport });
      opened.push(context);
      listen(context, browserErrors, expectedErrors);
      const page = await context.newPage();
      await signInBy(application, page, who, javaScriptEnabled !== false);
      return page;
    });
    await Promise.all(opened.map((context) => context.close()));
  },

  expectAccessible: async ({ page, javaScriptEnabled }, use) => {
    await use(async (on = page) => {
      if (javaScriptEnabled === false) {
        return;
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await on.emulateMedia({ colorScheme });
        const axe = new AxeBuilder({ page: on });
        // The dark theme is other colours and nothing else: of the rules that hold, these two are about colours.
        const colours = ['color-contrast', 'link-in-text-block'];
        const { violations } = await (colorScheme === 'dark' ? axe.withRules(colours) : axe).analyze();
        const told = violations.map(
          (rule) => `${rule.id}: ${rule.help}\n${rule.nodes.map((node) => `    ${node.target.join(' ')}\n    ${node.failureSummary ?? ''}`).join('\n')}`,
        );
        expect(told, `axe, ${colorScheme}, ${on.url()}`).toEqual([]);
      }
      await on.emulateMedia({ colorScheme: null });
    });
  },
});
