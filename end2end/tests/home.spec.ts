// §20 in the browser: the home of the agency's people says what needs a decision, and each row leads to where it is settled. In a
// world of its own, because others must not see it.
import { expect, test } from '../fixtures';

test.use({ world: 'home' });

test('§20: every row of what needs a decision leads to where it is settled @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin');
  const decisions = page.getByRole('region', { name: 'Needs a decision' });
  const rows = decisions.getByRole('listitem');
  expect(await rows.count(), 'the demo has something to decide').toBeGreaterThan(3);
  const hrefs: string[] = [];
  for (const row of await rows.all()) {
    await expect(row.getByRole('link')).toHaveCount(1);
    hrefs.push((await row.getByRole('link').getAttribute('href')) ?? '');
  }
  for (const href of new Set(hrefs)) {
    const answer = await page.request.get(href, { headers: { accept: 'text/html' } });
    expect(answer.status(), href).toBe(200);
  }
  // The figures come after it, and each has what proves it.
  const figures = page.getByRole('region', { name: 'Figures' });
  await expect(figures.getByRole('link')).toHaveCount(4);
  const [first, second] = await Promise.all([decisions.boundingBox(), figures.boundingBox()]);
  expect(first?.y ?? 0).toBeLessThan(second?.y ?? 0);
  await expectAccessible();
});

test('AS1: a pack without a vendor is assigned from the home @nojs', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  await gotoHydrated('/admin');
  const assign = page.getByRole('region', { name: 'Needs a decision' }).getByRole('link', { name: /^Assign .+ has no vendor$/ });
  const words = (await assign.first().textContent()) ?? '';
  await assign.first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Assign packs' })).toBeVisible();
  await page.getByRole('main').getByRole('radio', { name: /^Tri-POD/ }).check();
  await page.getByRole('main').getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(page.getByText('1 pack assigned: 1 starts now.')).toBeVisible();
  await expect(page).toHaveURL(/\/admin$/);
  await expect(page.getByRole('link', { name: words, exact: true })).toHaveCount(0);
});

test('on a phone the decisions come first and the figures stand two by two', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await signIn('admin');
  await gotoHydrated('/admin');
  await expect(page.getByRole('region', { name: 'Needs a decision' }).getByRole('listitem').first()).toBeInViewport();
  const tops = await page.getByRole('region', { name: 'Figures' }).getByRole('heading', { level: 3 }).evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
  expect(new Set(tops).size, 'two rows of two').toBe(2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expectAccessible();
});
