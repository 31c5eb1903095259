// TP5, RQ10 in the browser: Tri-POD's queue, and giving requests outside of packs to a vendor or a designer. In a world of its
// own, because others must not see it.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'queue' });

const PASSWORD = 'monthly-packs-demo';
const table = (page: Page, name: string) => page.getByRole('table', { name, exact: true });
const row = (page: Page, title: string) => page.getByRole('row').filter({ hasText: title });

/** A request for a service of which the client has no pack. */
async function order(page: Page, title: string, service: string, gotoHydrated: (path: string, page?: Page) => Promise<void>): Promise<void> {
  await gotoHydrated('/requests/new', page);
  await page.getByLabel('Service', { exact: true }).selectOption({ label: service });
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Quantity', { exact: true }).fill('2');
  await page.getByLabel('Brief', { exact: true }).fill('As before.');
  const update = page.getByRole('button', { name: 'Update quote' });
  if ((await update.count()) > 0) {
    await update.click();
  } else {
    // Of both units: what is submitted must be what was quoted.
    await expect(page.getByRole('region', { name: 'Quote' })).toContainText(/2 [a-z ]+ at \$/);
  }
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
}

test('TP5: a designer claims from the queue and gives back @nojs', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  const title = `Handles ${javaScript ? 'alive' : 'by hand'}`;
  await signIn('designer');
  await expect(page).toHaveURL(/\/queue$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible();
  await expect(page.getByRole('link', { name: /packs? (has|have) no vendor/ }), 'AS1, for a lead').toBeVisible();
  const client = await pageOf('monthly');
  await order(client, title, 'Mug design', gotoHydrated);
  if (!javaScript) {
    await page.reload();
  }
  const second = await pageOf({ email: 'ben.okafor@demo.test', password: PASSWORD });
  await expect(second.getByRole('link', { name: /no vendor/ }), 'not his to assign').toHaveCount(0);
  await expect(row(second, title)).toBeVisible();
  // The new one appears without a reload.
  await expect(row(page, title)).toBeVisible();
  await expectAccessible();
  await row(page, title).getByRole('button', { name: /^Claim #/ }).click();
  await expect(page.getByText(new RegExp(`^${title} #\\d+ is yours\\.$`))).toBeVisible();
  await expect(row(page, title)).toHaveCount(0);
  if (javaScript) {
    await expect(row(second, title), 'the other’s page follows').toHaveCount(0);
  } else {
    await row(second, title).getByRole('button', { name: /^Claim #/ }).click();
    await expect(second.getByRole('alert')).toContainText('Already taken by Ana Ruiz.');
  }
  const parts = page.getByRole('navigation', { name: 'Parts of the queue' });
  await parts.getByRole('link', { name: /^Mine/ }).click();
  await expect(page).toHaveURL(/\/queue\?part=mine$/);
  await expect(row(page, title)).toContainText('Ana Ruiz');
  await row(page, title).getByRole('button', { name: /^Release #/ }).click();
  await expect(page.getByText('Released.')).toBeVisible();
  await expect(page).toHaveURL(/\/queue\?part=mine$/);
  await expect(row(page, title)).toHaveCount(0);
  await parts.getByRole('link', { name: /^To claim/ }).click();
  await expect(row(page, title)).toBeVisible();
  // Both steps at once.
  await row(page, title).getByRole('button', { name: /^Claim and start #/ }).click();
  await expect(page.getByText(new RegExp(`^${title} #\\d+ is yours\\. Work has started\\.$`))).toBeVisible();
  await expect(page, 'where it is delivered').toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('region', { name: 'Deliver version 1' })).toBeVisible();
  await gotoHydrated('/queue');
  await expect(row(page, title)).toHaveCount(0);
  await parts.getByRole('link', { name: /^Mine/ }).click();
  await expect(row(page, title)).toContainText('In progress');
  await expect(row(page, title).getByRole('button')).toHaveAccessibleName(/^Release #/);
});

test('TP5: the board shows what is submitted, in progress and in review @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('designer');
  await page.getByRole('link', { name: 'Board', exact: true }).click();
  await expect(page).toHaveURL(/\/queue\?view=board$/);
  for (const name of ['Submitted', 'In progress', 'In review']) {
    await expect(page.getByRole('region', { name, exact: true }).getByRole('heading', { level: 2 })).toContainText(name);
  }
  await expectAccessible();
  const card = page.getByRole('region', { name: 'Submitted', exact: true }).getByRole('listitem').first();
  await card.getByRole('link').click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await gotoHydrated('/queue?view=board');
  await page.getByRole('link', { name: 'List', exact: true }).click();
  await expect(page.getByRole('navigation', { name: 'Parts of the queue' })).toBeVisible();
});

test('IN5: the switch hides pack requests, and says how many @nojs', async ({ page, signIn, javaScriptEnabled }) => {
  await signIn('designer');
  const before = await table(page, 'Requests in the queue').getByRole('row').count();
  await page.getByRole('switch', { name: 'Show pack requests' }).click();
  if (javaScriptEnabled === false) {
    await page.getByRole('button', { name: 'Apply' }).click();
  }
  await expect(page.getByText(/\d+ pack requests? hidden/)).toBeVisible();
  await expect.poll(() => page.getByRole('row').count()).toBeLessThan(before);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText(/hidden/)).toHaveCount(0);
  await expect(table(page, 'Requests in the queue').getByRole('row')).toHaveCount(before);
});

test('RQ10: requests outside of packs are given to a vendor, those that can be @nojs', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  const word = javaScript ? 'alive' : 'by hand';
  const client = await pageOf('monthly');
  const [first, second, third] = [`Cups ${word}`, `Bowls ${word}`, `Outlines ${word}`] as const;
  await order(client, first, 'Mug design', gotoHydrated);
  await order(client, second, 'Mug design', gotoHydrated);
  await order(client, third, 'Vector tracing', gotoHydrated);
  await signIn('designer');
  await gotoHydrated('/queue?part=beyond');
  await expectAccessible();
  if (javaScript) {
    const all = page.getByRole('checkbox', { name: 'Select all rows on this page' });
    await all.check();
    await expect(page.getByRole('checkbox', { checked: true }).first()).toBeVisible();
    await all.uncheck();
  }
  for (const title of [first, second, third]) {
    await row(page, title).getByRole('checkbox').check();
  }
  await page.getByRole('button', { name: 'Assign selected' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Assign requests' })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: third })).toContainText('Now with Tri-POD');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByRole('radiogroup', { name: 'Vendor or designer' })).toContainText('This field is required.');
  await expectAccessible();
  const harbor = page.getByRole('radio', { name: /^Bold Harbor/ });
  await expect(harbor).toHaveAccessibleDescription('2 start now · 1 can\'t: vendor doesn\'t offer Vector tracing');
  await harbor.check();
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing assigned yet' })).toBeVisible();
  await expect(harbor, 'what was chosen stays').toBeChecked();
  await page.getByRole('button', { name: 'Assign 2 of 3' }).click();
  await expect(page).toHaveURL(/\/queue\?part=beyond$/);
  await expect(page.getByText(/^Bold Harbor: 2 start now/)).toBeVisible();
  await expect(row(page, first)).toContainText('Bold Harbor');
  await expect(row(page, third)).toContainText('Tri-POD');

  const vendor = await pageOf({ email: 'studio@boldharbor.test', password: PASSWORD });
  await expect(row(vendor, first)).toBeVisible();
  await expect(row(vendor, second)).toBeVisible();
  expect(await vendor.content(), 'RQ7').not.toContain('Harbor & Hollow');

  // One, from its own page, to a designer.
  await row(page, third).getByRole('link').first().click();
  await page.getByRole('link', { name: 'Assign to a vendor or a designer' }).click();
  await page.getByRole('radio', { name: /^Ben Okafor of Tri-POD/ }).check();
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByText('Ben Okafor of Tri-POD: 1 starts now.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Work', exact: true })).toContainText('Assigned to Ben Okafor, not started.');
});
