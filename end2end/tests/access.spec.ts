// Signing in and out, home pages, one's account, invitations and forgotten passwords.
import { PASSWORD, PEOPLE, expect, test } from '../fixtures';

const HOMES: Record<keyof typeof PEOPLE, string> = {
  admin: '/admin',
  designer: '/requests',
  vendor: '/vendor',
  accountant: '/admin',
  payg: '/dashboard',
  monthly: '/dashboard',
  royalties: '/dashboard',
};

for (const [role, home] of Object.entries(HOMES) as [keyof typeof PEOPLE, string][]) {
  test(`${role} signs in, lands at home, and signs out @nojs`, async ({ page, signIn }) => {
    await signIn(role);
    await expect(page).toHaveURL(new RegExp(`${home}$`));
    await page.goto('/account');
    await expect(page.getByRole('main').getByText(PEOPLE[role]).first()).toBeVisible();
  });
}

test.describe('refused sign-ins', () => {
  // The browser's own line about the status.
  test.use({ expectedErrors: [/status of 401/] });

  test('a wrong password keeps the address and says no more @nojs', async ({ page, gotoHydrated, expectAccessible }) => {
  test.info().annotations.push({ type: 'rule', description: '§25' });
  await gotoHydrated('/login');
  await page.getByLabel('Email', { exact: true }).fill('payg@demo.test');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('The e-mail address or the password is wrong.');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('payg@demo.test');
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
    await page.getByLabel('Email', { exact: true }).fill(PEOPLE.payg);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page).toHaveURL(/\/requests\?status=submitted$/);
  });

  test('another role gets a page that says so and leads on @nojs', async ({ page, signIn }) => {
    await signIn('payg');
    const answer = await page.goto('/admin/people');
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole('alert')).toContainText("You don't have the right to see this page.");
    await page.getByRole('link', { name: 'Go home' }).click();
    await expect(page).toHaveURL(/\/dashboard$/);
  });

  test("somebody else's ids are not found @nojs", async ({ page, signIn }) => {
    await signIn('payg');
    const answer = await page.goto('/requests/00000000-0000-7000-8000-00000000dead');
    expect(answer?.status()).toBe(404);
  });
});

test('the demo sign-ins fill the form with one click', async ({ page, gotoHydrated }) => {
  await gotoHydrated('/login');
  await page.getByRole('button', { name: 'Use vendor@demo.test' }).click();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('vendor@demo.test');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/vendor$/);
});

test('one sees and ends one’s other sessions', async ({ page, signIn, pageOf, expectAccessible }) => {
  const other = await pageOf('monthly');
  await signIn('monthly');
  await page.goto('/account');
  const sessions = page.getByRole('table', { name: 'Sessions' });
  await expect(sessions.getByText('This session')).toHaveCount(1);
  await expectAccessible();
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await expect(sessions.getByRole('row')).toHaveCount(2);
  await other.goto('/dashboard');
  await expect(other).toHaveURL(/\/login/);
});
