// What only a hydrated page gives: no new document after a click or a post, nothing typed is lost, what changes elsewhere
// shows where it stands, and what happens before and without hydration.
import type { Page } from '@playwright/test';
import { type Role, expect, expectReadings, hydrated, readingsOf, test } from '../fixtures';
import { SCREENS, nameOf } from '../screens';

test.use({ world: 'pages' });

/** Goes to an address of the app as a link on the page would. */
const follow = (page: Page, path: string): Promise<void> =>
  page.evaluate((to) => {
    const link = document.createElement('a');
    link.href = to;
    document.querySelector('main')?.append(link);
    link.click();
    link.remove();
  }, path);

/** Marks the document, so that a new one is noticed. */
const mark = (page: Page): Promise<void> =>
  page.evaluate(() => {
    document.documentElement.dataset.sameDocument = 'true';
  });
const expectSameDocument = (page: Page): Promise<void> => expect(page.locator('html[data-same-document]')).toBeAttached();

test('a click shows the next page with its title and focus, in the same document', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin');
  await mark(page);
  const menu = page.getByRole('navigation', { name: 'Main', exact: true });
  await menu.getByRole('link', { name: 'Audit log' }).click();
  const title = page.getByRole('heading', { level: 1, name: 'Audit log' });
  await expect(title).toBeFocused();
  await expect(page).toHaveTitle('Audit log · Tri-POD');
  await expect(page.getByRole('table', { name: 'Changes' })).toBeVisible();
  // Another view of the same page, and a page that is hydrated, and back.
  await page.getByRole('navigation', { name: 'Kind of thing' }).getByRole('link').nth(1).click();
  await expect(page).toHaveURL(/entity=/);
  await menu.getByRole('link', { name: 'Packs', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Packs' })).toBeVisible();
  await page.goBack();
  await expect(title).toBeVisible();
  await expect(page).toHaveURL(/entity=/);
  await expectSameDocument(page);
});

test('a refused form keeps what was typed, says why at the field, and then takes it, in the same document', async ({
  page,
  signIn,
  gotoHydrated,
}) => {
  await signIn('admin');
  await gotoHydrated('/admin/vendors/new');
  await mark(page);
  const email = page.getByLabel('Email');
  await email.fill('people@studio.test');
  await page.getByRole('button', { name: 'Add vendor' }).click();
  const name = page.getByLabel('Name', { exact: true });
  await expect(name).toBeFocused();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveValue('people@studio.test');
  await expect(page, 'the refusal does not stay in the address').toHaveURL(/\/admin\/vendors\/new$/);
  await name.fill('Studio of the test');
  await page.getByRole('button', { name: 'Add vendor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Studio of the test' })).toBeVisible();
  await expect(page.getByText('Vendor added.')).toBeVisible();
  await expectSameDocument(page);
});

test('a refused list of fields of one name keeps each as it was typed', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/clients');
  await page.getByRole('rowheader').getByRole('link').first().click();
  await page.getByRole('navigation', { name: 'Client', exact: true }).getByRole('link', { name: 'Prices' }).click();
  const prices = page.locator('input[name^="price["]');
  await prices.nth(0).fill('no price');
  await prices.nth(1).fill('7.77');
  await page.getByRole('button', { name: 'Save prices' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(prices.nth(0)).toHaveValue('no price');
  await expect(prices.nth(1)).toHaveValue('7.77');
  await expect(prices.last(), 'what has a custom price comes first').toHaveValue('');
});

test.describe('without an answer', () => {
  // The browser's own line.
  test.use({ expectedErrors: [/ERR_FAILED/] });

  test('nothing is lost, and the next try goes through', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/account');
    const name = page.getByLabel('Name', { exact: true });
    const before = await name.inputValue();
    await name.fill('Somebody Else');
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(page.getByText("The server didn't answer.")).toBeVisible();
    await expect(name).toHaveValue('Somebody Else');
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(page.getByText('Name saved.')).toBeVisible();
    await name.fill(before);
    await page.getByRole('button', { name: 'Save name' }).click();
    await expect(name).toHaveValue(before);
  });
});

test('posting one form keeps what is half typed in another, and the focus where it was', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/account');
  await mark(page);
  const other = page.getByLabel('New password', { exact: true });
  await other.fill('half a password');
  const save = page.getByRole('button', { name: 'Save name' });
  await save.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Name saved.')).toBeVisible();
  await expect(other).toHaveValue('half a password');
  await expect(save).toBeFocused();
  await expectSameDocument(page);
});

test('what happens elsewhere shows, and what somebody is typing stays, with the focus', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('payg');
  await gotoHydrated('/requests?status=submitted');
  await page.getByRole('rowheader').getByRole('link').first().click();
  const message = page.getByRole('textbox', { name: 'Message' });
  await message.fill('Half a sentence');
  const path = new URL(page.url()).pathname;
  const staff = await pageOf('admin');
  await gotoHydrated(path, staff);
  await staff.getByRole('textbox', { name: 'Message' }).fill('A word from the agency');
  await staff.getByRole('button', { name: 'Send message' }).click();
  await expect(staff.getByText('A word from the agency')).toBeVisible();
  await expect(page.getByText('A word from the agency')).toBeVisible();
  await expect(message).toHaveValue('Half a sentence');
  await expect(message).toBeFocused();
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Half a sentence' })).toBeVisible();
  await expect(message).toHaveValue('');
});

test.describe('signed out elsewhere', () => {
  // The browser's own line about the stream of changes.
  test.use({ expectedErrors: [/status of 401/] });

  test('one is led to the sign-in', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/admin');
    await page.context().clearCookies();
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Audit log' }).click();
    await expect(page).toHaveURL(/\/login\?next=/);
  });
});

const roles = [...new Set(SCREENS.flatMap((screen) => (screen.role ? [screen.role] : [])))];
for (const role of roles as Role[]) {
  test(`every screen of ${role} is reached by navigation, with its title, and by a full load with the same one`, async ({
    page,
    application,
    signIn,
  }) => {
    test.slow();
    await signIn(role);
    await mark(page);
    for (const screen of SCREENS.filter((one) => one.role === role && !one.status)) {
      const path = screen.open ? await screen.open({ page, application }) : screen.route;
      const before = new URL(page.url()).pathname;
      await follow(page, path);
      await expect(page, nameOf(screen)).toHaveURL((url) => url.pathname + url.search === path);
      await expect(page.getByRole('heading', { level: 1 }), nameOf(screen)).toBeVisible();
      if (before !== new URL(page.url()).pathname) {
        await expect(page.getByRole('heading', { level: 1 }), nameOf(screen)).toBeFocused();
      }
      // The kit shows what loading looks like.
      if (screen.route !== '/admin/kit') {
        await expect(page.locator('[aria-label=Loading]:visible'), nameOf(screen)).toHaveCount(0);
      }
      await expectSameDocument(page);
      const title = await page.title();
      const answer = await page.request.get(path, { headers: { accept: 'text/html' } });
      expect(title, nameOf(screen)).toBe(/<title>([^<]*)<\/title>/.exec(await answer.text())?.[1]?.replaceAll('&amp;', '&'));
    }
  });

  test(`every screen of ${role} keeps the title of its document when it comes alive`, async ({ page, application, signIn, gotoHydrated }) => {
    test.slow();
    await signIn(role);
    for (const screen of SCREENS.filter((one) => one.role === role && !one.status)) {
      const path = screen.open ? await screen.open({ page, application }) : screen.route;
      const answer = await page.request.get(path, { headers: { accept: 'text/html' } });
      const title = /<title>([^<]*)<\/title>/.exec(await answer.text())?.[1]?.replaceAll('&amp;', '&');
      await gotoHydrated(path);
      await expect(page, nameOf(screen)).toHaveTitle(title ?? 'a title');
      expect(title, 'a page has a name of its own').not.toBe('Tri-POD');
    }
  });
}

test('tabs and filters answer without a document, and back and forward keep the place', async ({ page, signIn, gotoHydrated }) => {
  await signIn('payg');
  await gotoHydrated('/requests');
  await mark(page);
  const tabs = page.getByRole('navigation', { name: 'Request status' });
  await tabs.getByRole('link', { name: 'Submitted' }).click();
  await expect(page).toHaveURL(/status=submitted/);
  await expect(tabs.getByRole('link', { name: 'Submitted' })).toHaveAttribute('aria-current', 'page');
  await page.setViewportSize({ width: 800, height: 400 });
  const row = page.getByRole('rowheader').getByRole('link').last();
  await row.scrollIntoViewIfNeeded();
  const place = await page.evaluate(() => window.scrollY);
  await row.click();
  await expect(page.getByRole('region', { name: 'Activity' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/status=submitted/);
  await expect(row).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(place);
  await page.goForward();
  await expect(page.getByRole('region', { name: 'Activity' })).toBeVisible();
  await expectSameDocument(page);
});

test('the queue keeps the focus on the same request when the one before it is claimed elsewhere', async ({ page, signIn, pageOf, gotoHydrated }) => {
  await signIn('designer');
  await gotoHydrated('/queue');
  const titles = page.getByRole('rowheader').getByRole('link');
  const second = (await titles.nth(1).getAttribute('href')) ?? '';
  await titles.nth(1).focus();
  const other = await pageOf('designer');
  await gotoHydrated('/queue', other);
  const readings = readingsOf(page);
  await other.getByRole('button', { name: /^Claim / }).first().click();
  await expect(titles.first(), 'the first one is gone from the list').toHaveAttribute('href', second);
  await expect(titles.first()).toBeFocused();
  await expect.poll(() => [...readings].sort(), 'one change is one reading, and one of the counts in the frame').toEqual(['/api/page/counts', '/api/requests/queue']);
});

test('the dashboard keeps what is typed and focused when something changes elsewhere, and reads no more than it must', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
}) => {
  await signIn('payg');
  await gotoHydrated('/dashboard');
  await page.keyboard.press('/');
  const palette = page.getByRole('dialog', { name: 'Search' });
  const search = palette.getByRole('combobox', { name: 'Search everything' });
  await search.fill('qqqq half a word');
  await expect(palette.getByRole('status')).toHaveText(/^Nothing found/);
  const other = await pageOf('payg');
  await gotoHydrated('/requests/new', other);
  const readings = readingsOf(page);
  await other.getByLabel('Service').selectOption({ index: 1 });
  await other.getByLabel('Title').fill('Made on another screen');
  await other.getByLabel('Quantity').fill('1');
  await other.getByRole('button', { name: /^Submit/ }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Made on another screen' })).toBeVisible();
  await expect(page.locator('main').getByText('Made on another screen').first()).toBeVisible();
  await expect(search).toHaveValue('qqqq half a word');
  await expect(search).toBeFocused();
  // The draft and the submission are changes; each is read once at most, and no document is fetched.
  expectReadings(readings, '/api/dashboard', 2);
});

test('a page whose wasm comes late loses nothing that was typed, and a click does what it does without', async ({ page, signIn }) => {
  await signIn('payg');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/requests/new');
  await page.getByLabel('Title').fill('Typed before anything was alive');
  await page.getByLabel('Service').selectOption({ index: 1 });
  release();
  await hydrated(page, true);
  await expect(page.getByLabel('Title')).toHaveValue('Typed before anything was alive');
  await expect(page.getByLabel('Service')).not.toHaveValue('');
  // And a click before it is alive loads the next document.
  let again = (): void => undefined;
  const heldAgain = new Promise<void>((resolve) => {
    again = resolve;
  });
  await page.unroute('**/*.wasm');
  await page.route('**/*.wasm', async (route) => {
    await heldAgain;
    await route.continue();
  });
  await page.goto('/dashboard');
  await mark(page);
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Requests' }).click();
  await expect(page).toHaveURL(/\/requests$/);
  await expect(page.locator('html[data-same-document]')).toHaveCount(0);
  again();
  await hydrated(page, true);
});

test('on a slow line nothing that was typed, chosen or clicked before the page is alive is lost', async ({ page, signIn }) => {
  test.slow();
  await signIn('payg');
  const alive = page.locator('html[data-hydrated="true"]');
  // 3G: 750 kbit a second, 100 ms to and fro, nothing kept from before.
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.setCacheDisabled', { cacheDisabled: true });
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 100, downloadThroughput: 93_750, uploadThroughput: 31_250 });
  await page.goto('/requests/new', { waitUntil: 'commit' });
  await page.getByLabel('Service').selectOption({ index: 1 });
  await page.getByLabel('Title').fill('Sent over a slow line');
  await page.getByLabel('Quantity').fill('2');
  await expect(alive, 'typed before the page is alive').toHaveCount(0);
  await expect(alive).toBeAttached({ timeout: 60_000 });
  await expect(page.getByLabel('Service')).not.toHaveValue('');
  await expect(page.getByLabel('Title')).toHaveValue('Sent over a slow line');
  await expect(page.getByLabel('Quantity')).toHaveValue('2');
  // A form that is sent before its page is alive is posted by the browser.
  await page.goto('/requests/new', { waitUntil: 'commit' });
  await page.getByLabel('Service').selectOption({ index: 1 });
  await page.getByLabel('Title').fill('Sent before anything was alive');
  await page.getByLabel('Quantity').fill('1');
  await page.getByRole('button', { name: /^Submit/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sent before anything was alive' })).toBeVisible({ timeout: 30_000 });
  await expect(alive).toBeAttached({ timeout: 60_000 });
});

test('what was typed a moment before leaving is kept as a draft', async ({ page, signIn, gotoHydrated }) => {
  await signIn('payg');
  const drafts = () => gotoHydrated('/requests?status=draft');
  const menu = page.getByRole('navigation', { name: 'Main', exact: true });
  // To another page of the app …
  await gotoHydrated('/requests/new');
  await page.getByLabel('Title').fill('Left for another page');
  await menu.getByRole('link', { name: 'Dashboard' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
  await expect
    .poll(async () => {
      await drafts();
      return page.getByRole('link', { name: 'Left for another page' }).count();
    })
    .toBe(1);
  // … and out of the document.
  await gotoHydrated('/requests/new');
  await page.getByLabel('Title').fill('Left for another document');
  await page.goto('/requests?status=draft');
  await expect
    .poll(async () => {
      await drafts();
      return page.getByRole('link', { name: 'Left for another document' }).count();
    })
    .toBe(1);
});

test('CO6: of two quotes the one that was asked last stands, whichever comes last', async ({ page, signIn, gotoHydrated }) => {
  await signIn('payg');
  await gotoHydrated('/requests/new');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let first = true;
  const answered: string[] = [];
  await page.route('**/api/requests/quote', async (route) => {
    const mine = first;
    first = false;
    if (mine) {
      await held;
    }
    await route.continue();
    answered.push(mine ? 'first' : 'second');
  });
  await page.getByLabel('Service').selectOption({ index: 1 });
  await page.getByLabel('Quantity').fill('2');
  await expect.poll(() => first).toBe(false);
  const second = page.waitForResponse('**/api/requests/quote');
  await page.getByLabel('Quantity').fill('7');
  await second;
  const quote = page.getByRole('region', { name: 'Quote' });
  await expect(quote).toContainText('7');
  const words = await quote.textContent();
  const late = page.waitForResponse('**/api/requests/quote');
  release();
  await late;
  await expect.poll(() => answered.length).toBe(2);
  await expect(quote).toHaveText(words ?? '');
});

test.describe('a document that something else has touched', () => {
  test.use({ expectedErrors: [/unreachable|panicked|hydrat|RuntimeError/i] });

  const touch: Record<string, () => void> = {
    'a text that was split': () => document.querySelector('main h1')?.firstChild && (document.querySelector('main h1')!.firstChild as Text).splitText(2),
    'a node first in the page': () => document.querySelector('main')!.prepend(document.createElement('aside')),
    'comments that were removed': () => {
      const walker = document.createTreeWalker(document.querySelector('main')!, NodeFilter.SHOW_COMMENT);
      const found: Node[] = [];
      while (walker.nextNode()) found.push(walker.currentNode);
      for (const comment of found) (comment as ChildNode).remove();
    },
  };
  for (const [what, act] of Object.entries(touch)) {
    test(`${what}: the page works, as an app or as without JavaScript`, async ({ page, signIn }) => {
      await signIn('payg');
      await page.addInitScript(`addEventListener('DOMContentLoaded', () => { (${act.toString()})() }, { once: true })`);
      await page.goto('/requests/new');
      const settled = page.locator('html[data-hydrated], html[data-dead]');
      await expect(settled).toBeAttached({ timeout: 20_000 });
      await page.getByLabel('Title').fill('Typed on a touched page');
      await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Requests' }).click();
      await expect(page).toHaveURL(/\/requests$/);
      await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
      await page.goto('/requests/new');
      await expect(settled).toBeAttached({ timeout: 20_000 });
      await page.getByLabel('Service').selectOption({ index: 1 });
      await page.getByLabel('Title').fill(`Sent: ${what}`);
      await page.getByLabel('Quantity').fill('1');
      await page.getByRole('button', { name: /^Submit/ }).click();
      await expect(page.getByRole('heading', { level: 1, name: `Sent: ${what}` })).toBeVisible();
    });
  }

  test('nodes of others first and last in the body are in nobody\'s way', async ({ page, signIn, browserErrors }) => {
    await signIn('payg');
    await page.addInitScript(() =>
      addEventListener('DOMContentLoaded', () => {
        document.body.prepend(document.createElement('aside'));
        document.body.append(document.createElement('aside'));
      }),
    );
    await page.goto('/dashboard');
    await hydrated(page, true);
    expect(browserErrors).toEqual([]);
  });

  test('an app that dies later lets go of its page', async ({ page, signIn }) => {
    await signIn('payg');
    await page.goto('/requests');
    await hydrated(page, true);
    await page.evaluate(() => {
      dispatchEvent(new ErrorEvent('error', { error: new WebAssembly.RuntimeError('unreachable') }));
      document.documentElement.dataset.sameDocument = 'true';
    });
    await expect(page.getByRole('link', { name: 'Reload' })).toBeVisible();
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Dashboard' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('html[data-same-document]'), 'a document of its own').toHaveCount(0);
    await hydrated(page, true);
  });
});

test.describe('a part of the app that cannot be loaded', () => {
  test.use({ expectedErrors: [/ERR_FAILED|Failed to (load|fetch)|split/i] });

  test('leaves a page that works as without JavaScript, and says so', async ({ page, signIn }) => {
    await signIn('payg');
    await page.route('**/split_*.wasm', (route) => route.abort());
    await page.goto('/dashboard');
    await expect(page.getByRole('link', { name: 'Reload' })).toBeVisible();
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Requests' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
    // The page is there before its part is asked for.
    await expect(page.getByRole('link', { name: 'Reload' })).toBeVisible();
    await page.unroute('**/split_*.wasm');
    await page.getByRole('link', { name: 'Reload' }).click();
    await hydrated(page, true);
  });

  test('is told after a click, with Reload, and the next load has it', async ({ page, signIn, gotoHydrated }) => {
    await signIn('admin');
    await gotoHydrated('/admin/audit');
    await page.route('**/split_*.wasm', (route) => route.abort());
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Requests' }).click();
    await expect(page.getByRole('heading', { level: 1, name: "This page couldn't be loaded" })).toBeVisible();
    await page.unroute('**/split_*.wasm');
    await page.getByRole('link', { name: 'Reload' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
    await hydrated(page, true);
  });
});

test('two rows are pressed one after the other, before the first has answered: both are done', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/packs');
  const switches = page.getByRole('switch');
  const before = [await switches.nth(0).getAttribute('aria-checked'), await switches.nth(1).getAttribute('aria-checked')];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/api/packs/visible', async (route) => {
    await held;
    await route.continue();
  });
  await switches.nth(0).click();
  await switches.nth(1).click();
  release();
  for (const at of [0, 1]) {
    await expect(switches.nth(at)).toHaveAttribute('aria-checked', before[at] === 'true' ? 'false' : 'true');
  }
});

test('whoever has gone on before the answer came stays there, and is told', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin/vendors/new');
  await page.getByLabel('Name', { exact: true }).fill('Studio that answers late');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/api/vendors/save', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Add vendor' }).click();
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Audit log' })).toBeVisible();
  release();
  await expect(page.getByText('Vendor added.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Audit log' })).toBeVisible();
});
