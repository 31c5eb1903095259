// Signing in and out, home pages, one's account and sessions, the forgotten password, the theme, refusals (§25).
import { type Page } from '@playwright/test';
import { PASSWORD, PEOPLE, type Role, expect, hydrated, test } from '../fixtures';

/** Where each sign-in of the demo lands, and what its page is called. */
const HOMES: Record<Role, [path: string, title: string]> = {
  admin: ['/admin', 'Home'],
  designer: ['/queue', 'Queue'],
  vendor: ['/vendor', 'Your work'],
  accountant: ['/admin', 'Home'],
  support: ['/admin', 'Home'],
  payg: ['/dashboard', 'Dashboard'],
  monthly: ['/dashboard', 'Dashboard'],
  royalties: ['/dashboard', 'Dashboard'],
};

/** Fills the sign-in form and sends it. */
async function signInByForm(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

for (const [role, [home, title]] of Object.entries(HOMES) as [Role, [string, string]][]) {
  test(`${role} signs in, lands at home, and signs out @nojs`, async ({ page, gotoHydrated, javaScriptEnabled }) => {
    await gotoHydrated('/login');
    await signInByForm(page, PEOPLE[role], PASSWORD);
    await expect(page).toHaveURL(new RegExp(`${home}$`));
    await expect(page.getByRole('heading', { level: 1, name: title, exact: true })).toBeVisible();
    await hydrated(page, javaScriptEnabled !== false);
    const menu = page.locator('summary', { hasText: 'Your menu' });
    await menu.click();
    await expect(page.getByText(PEOPLE[role])).toBeVisible();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/login$/);
    await page.goto(home);
    await expect(page, 'the session has ended').toHaveURL(/\/login\?next=/);
  });
}

test.describe('refused sign-ins', () => {
  // The browser's own line about the status.
  test.use({ expectedErrors: [/status of 401/] });

  test('a wrong password keeps the address and says no more @nojs', async ({ page, gotoHydrated, expectAccessible }) => {
    await gotoHydrated('/login');
    await signInByForm(page, PEOPLE.payg, 'not the password');
    await expect(page.getByRole('alert')).toContainText('The email or password is wrong.');
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue(PEOPLE.payg);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    await expectAccessible();
  });
});

test.describe('refused documents', () => {
  // The browser's own line about the status.
  test.use({ expectedErrors: [/status of 40[134]/] });

  test('a page behind the sign-in comes back after it @nojs', async ({ page, gotoHydrated }) => {
    await gotoHydrated('/requests?status=submitted');
    await expect(page).toHaveURL(/\/login\?next=/);
    await signInByForm(page, PEOPLE.payg, PASSWORD);
    await expect(page).toHaveURL(/\/requests\?status=submitted$/);
  });

  test('another role gets a page that says so and leads on @nojs', async ({ page, signIn, expectAccessible }) => {
    await signIn('payg');
    const answer = await page.goto('/admin/people');
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole('alert')).toContainText("You don't have access to this page.");
    await expectAccessible();
    await page.getByRole('link', { name: 'Go home' }).click();
    await expect(page).toHaveURL(/\/dashboard$/);
  });

  test('an address that is none of ours is not found, signed in or not @nojs', async ({ page, signIn, expectAccessible }) => {
    for (const path of ['/nothing/here', '/admin/nothing']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(404);
      await expect(page.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
    }
    await signIn('admin');
    const answer = await page.goto('/admin/nothing');
    expect(answer?.status()).toBe(404);
    await expectAccessible();
    await page.getByRole('link', { name: 'Go home' }).click();
    await expect(page).toHaveURL(/\/admin$/);
  });

  test("somebody else's ids are not found @nojs", async ({ page, signIn }) => {
    await signIn('payg');
    for (const path of ['/requests', '/payment/packs', '/services/packs']) {
      const answer = await page.goto(`${path}/00000000-0000-7000-8000-00000000dead`);
      expect(answer?.status(), path).toBe(404);
      await expect(page.getByRole('alert')).toContainText("We can't find this.");
    }
  });
});

test('the demo sign-ins fill the form with one click', async ({ page, gotoHydrated }) => {
  await gotoHydrated('/login');
  await page.getByRole('button', { name: 'Use vendor@demo.test' }).click();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('vendor@demo.test');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/vendor$/);
});

test('a forgotten password: the mail, the link once, and the new password @nojs', async ({
  page,
  application,
  gotoHydrated,
  expectAccessible,
  pageOf,
}) => {
  const person = await application.newClient(`Forgetful ${test.info().project.name}`);
  const elsewhere = await pageOf(person);

  await gotoHydrated('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email', { exact: true }).fill(person.email);
  await page.getByRole('button', { name: 'Send link' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Check your email' })).toBeVisible();

  const link = await application.linkMailedTo(person.email, 'reset');
  await gotoHydrated(link);
  await expect(page.getByText(`For ${person.email}.`)).toBeVisible();
  await expectAccessible();
  await page.getByLabel('New password', { exact: true }).fill('another-copper-lantern');
  await page.getByLabel('Confirm new password').fill('another-copper-lantern');
  await page.getByRole('button', { name: 'Set new password' }).click();
  await expect(page.getByText('Your new password is set.')).toBeVisible();

  await elsewhere.goto('/dashboard');
  await expect(elsewhere, 'the sessions everywhere have ended').toHaveURL(/\/login/);

  await signInByForm(page, person.email, 'another-copper-lantern');
  await expect(page).toHaveURL(/\/dashboard$/);
});

test.describe('a link that was used', () => {
  test.use({ expectedErrors: [/status of 4(04|10)/] });

  test('says so and leads on @nojs', async ({ page, application, gotoHydrated, expectAccessible }) => {
    const person = await application.newClient(`Used ${test.info().project.name}`);
    await gotoHydrated(application.usedLinkOf(person.email));
    await expect(page.getByRole('alert')).toContainText("This link doesn't work");
    await expectAccessible();
    await gotoHydrated('/reset/0000000000000000000000000000000000000000000000000000000000000000');
    await page.getByRole('link', { name: 'Ask for a new link' }).click();
    await expect(page).toHaveURL(/\/forgot$/);
  });
});

test('one sees one’s other sessions, ends one, and then all', async ({ page, application, signIn, pageOf, expectAccessible }) => {
  const person = await application.newClient('Sessions');
  const first = await pageOf(person);
  const second = await pageOf(person);
  await signIn(person);
  await page.goto('/account');
  await hydrated(page, true);
  const sessions = page.getByRole('table', { name: 'Sessions' });
  await expect(sessions.getByText('This session')).toHaveCount(1);
  await expectAccessible();
  // The header, this one, the two others, and that of the invitation.
  await expect(sessions.getByRole('row')).toHaveCount(5);
  await sessions.getByRole('button', { name: /^End the session of/ }).first().click();
  await expect(sessions.getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('region', { name: 'Notifications' }).getByText('Session ended.')).toBeVisible();
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await expect(sessions.getByRole('row')).toHaveCount(2);
  for (const other of [first, second]) {
    await other.goto('/dashboard');
    await expect(other).toHaveURL(/\/login/);
  }
  await page.reload();
  await expect(page, 'this session stands').toHaveURL(/\/account$/);
});

test('the theme is chosen, kept, and given back to the system @nojs', async ({ page, signIn, javaScriptEnabled }) => {
  await signIn('monthly');
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = javaScriptEnabled === false ? '' : await ground();
  const menu = page.locator('summary', { hasText: 'Your menu' });
  await menu.click();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'paper-dark');
  await expect(page, 'the page is the same').toHaveURL(/\/dashboard$/);
  await hydrated(page, javaScriptEnabled !== false);
  if (javaScriptEnabled !== false) {
    expect(await ground()).not.toBe(light);
  }
  await page.goto('/requests');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'paper-dark');
  await menu.click();
  await page.getByRole('button', { name: 'System', exact: true }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', 'paper-dark');
});
