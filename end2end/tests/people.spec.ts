// What people do to people: invitations, rights, access. In a world of their own, because others must not see it.
import { expect, hydrated, test } from '../fixtures';

test.use({ world: 'people' });

test('an owner invites a member, who accepts, asks, and needs the owner for what is extra', async ({
  page,
  signIn,
  pageOf,
  browser,
  baseURL,
  gotoHydrated,
  expectAccessible,
}) => {
  await signIn('royalties');
  await gotoHydrated('/members');
  await page.getByLabel('Name', { exact: true }).fill('Mia Marten');
  await page.getByLabel('Email', { exact: true }).fill('mia@royalties.test');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  const members = page.getByRole('table', { name: 'Members' });
  await expect(members.getByRole('row').filter({ hasText: 'mia@royalties.test' })).toContainText('Invited');
  await expect(page.getByLabel('Name', { exact: true }), 'the form is ready for the next').toHaveValue('');

  const admin = await pageOf('admin');
  await gotoHydrated('/admin/mail?q=mia', admin);
  await admin.getByRole('link', { name: "You're invited to Tri-POD" }).click();
  const text = await admin.getByText(/\/invite\//).first().textContent();
  const link = /\/invite\/[0-9a-f]+/.exec(text ?? '')?.[0] ?? '';
  expect(link).not.toBe('');

  const context = await browser.newContext({ baseURL });
  const mia = await context.newPage();
  await gotoHydrated(link, mia);
  await expect(mia.getByRole('heading', { level: 1, name: 'Welcome, Mia Marten' })).toBeVisible();
  await mia.getByLabel('New password', { exact: true }).fill('short');
  await mia.getByLabel('Confirm new password').fill('other');
  await mia.getByRole('button', { name: 'Set password and continue' }).click();
  await expect(mia.getByLabel('New password', { exact: true })).toHaveAccessibleDescription(/at least 10 characters/i);
  await mia.getByLabel('New password', { exact: true }).fill('mias-harbour-staple');
  await mia.getByLabel('Confirm new password').fill('mias-harbour-staple');
  await mia.getByRole('button', { name: 'Set password and continue' }).click();
  await expect(mia).toHaveURL(/\/dashboard$/);
  await expect(mia.getByText('Welcome, Mia Marten.')).toBeVisible();

  // §25: members may not order what is charged; the draft goes to the owner.
  await gotoHydrated('/members');
  await expect(members.getByRole('row').filter({ hasText: 'mia@royalties.test' })).toContainText('Active');
  await page.getByRole('button', { name: "Don't let members order extra units" }).click();
  await expect(page.getByText('Members can only order what your packs cover.')).toBeVisible();
  await gotoHydrated('/requests/new', mia);
  await mia.getByLabel('Service', { exact: true }).selectOption({ label: 'T-shirt design' });
  await mia.getByLabel('Title', { exact: true }).fill('For the owner');
  await mia.getByLabel('Quantity', { exact: true }).fill('2');
  await expect(mia.getByText('Ask your account owner to approve $36.00.')).toBeVisible();
  await expectAccessible(mia);
  await mia.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(mia.getByText('Draft saved · sent to your account owner')).toBeVisible();
  await context.close();

  await gotoHydrated('/requests?status=draft');
  await page.getByRole('link', { name: 'For the owner' }).click();
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('For the owner');
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('$36.00');
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
});

test('an owner takes access away, and it is gone at once', async ({ page, signIn, pageOf, gotoHydrated }) => {
  const team = await pageOf({ email: 'team@harborhollow.test', password: 'monthly-packs-demo' });
  await signIn('monthly');
  await gotoHydrated('/members');
  await page.getByRole('button', { name: /^Remove access for Harbor & Hollow Team/ }).click();
  const row = page.getByRole('table', { name: 'Members' }).getByRole('row').filter({ hasText: 'team@harborhollow.test' });
  await expect(row).toContainText('No access');
  // The open page may have gone to the sign-in by itself: asked beside it.
  const answer = await team.request.get('/dashboard', { headers: { accept: 'text/html' } });
  expect(new URL(answer.url()).pathname).toBe('/login');
  await page.getByRole('button', { name: /^Restore access for Harbor & Hollow Team/ }).click();
  await expect(row).toContainText('Active');
});

test('an admin adds a client and invites its owner; a vendor and its designer', async ({ page, application, signIn, pageOf, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/clients/new');
  await page.getByLabel('Name', { exact: true }).fill('Quiet Quarry');
  await page.getByLabel('Alias', { exact: true }).fill('Client 900');
  await page.getByRole('radio', { name: 'Monthly Payment' }).check();
  await page.getByRole('button', { name: 'Add client' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Quiet Quarry' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Client', exact: true }).getByRole('link', { name: 'People' }).click();
  await expect(page.getByText('No one can sign in yet')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Invite someone' }).last().click();
  await hydrated(page, true);
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await expectAccessible();
  await page.getByLabel('Name', { exact: true }).fill('Quinn Quarry');
  await page.getByLabel('Email', { exact: true }).fill('quinn@quarry.test');
  await expect(page.getByLabel('Role', { exact: true }).locator('option:checked'), 'it knows where from').toHaveText('Client Owner');
  await expect(page.getByLabel('Client', { exact: true }).locator('option:checked')).toHaveText('Quiet Quarry');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Quinn Quarry' }), 'on the page of whoever was invited').toBeVisible();
  await expect(page.getByText('Invitation sent.')).toBeVisible();
  await expect(page.getByText(/^Invited, expires [A-Z][a-z]{2} \d+\.$/)).toBeVisible();
  await page.getByRole('button', { name: 'Resend invitation' }).click();
  await expect(page.getByText('Invitation resent.')).toBeVisible();
  expect(await application.linkMailedTo('quinn@quarry.test', 'invite')).toMatch(/^\/invite\//);

  await gotoHydrated('/admin/vendors/new');
  await page.getByLabel('Name', { exact: true }).fill('Ink & Iron');
  await page.getByRole('button', { name: 'Add vendor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ink & Iron' }), 'where it is said what it offers').toBeVisible();
  await gotoHydrated('/admin/people/new');
  await page.getByLabel('Name', { exact: true }).fill('Ivo Iron');
  await page.getByLabel('Email', { exact: true }).fill('ivo@iron.test');
  await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Vendor Designer' });
  await page.getByLabel(/^Vendor/).selectOption({ label: 'Ink & Iron' });
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ivo Iron' })).toBeVisible();
  const ivo = await pageOf(await application.accept('ivo@iron.test'));
  await expect(ivo).toHaveURL(/\/vendor$/);
  await expect(ivo.getByText('Nothing to do')).toBeVisible();
});

test('a form asks only for what a role needs, and a new client comes with its owner', async ({ page, application, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('admin');
  await gotoHydrated('/admin/people/new');
  const role = page.getByLabel('Role', { exact: true });
  const [client, vendor, lead] = [page.getByLabel('Client', { exact: true }), page.getByLabel('Vendor', { exact: true }), page.getByLabel(/^Lead/)];
  for (const [label, seen] of [
    ['Client Member', [true, false, false]],
    ['Vendor Manager', [false, true, false]],
    ['Internal Designer', [false, false, true]],
    ['Accountant', [false, false, false]],
  ] as const) {
    await role.selectOption({ label });
    await expect(client, label).toBeVisible({ visible: seen[0] });
    await expect(vendor, label).toBeVisible({ visible: seen[1] });
    await expect(lead, label).toBeVisible({ visible: seen[2] });
  }
  await expectAccessible();

  await gotoHydrated('/admin/clients/new');
  await expect(page.getByLabel('Alias', { exact: true }), 'one that nobody has').toHaveValue(/^Client \d+$/);
  await page.getByLabel('Name', { exact: true }).fill('Owned at Once');
  await page.getByLabel(/^Owner's name/).fill('Olga Once');
  await page.getByRole('button', { name: 'Add client' }).click();
  await expect(page.getByLabel(/^Owner's email/)).toBeFocused();
  await page.getByLabel(/^Owner's email/).fill('olga@once.test');
  await page.getByRole('button', { name: 'Add client' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Owned at Once' })).toBeVisible();
  await expect(page.getByText('Client added. Invitation sent.')).toBeVisible();
  const link = await application.linkMailedTo('olga@once.test', 'invite');

  await page.context().clearCookies();
  await gotoHydrated(link);
  const password = page.getByLabel('New password', { exact: true });
  await password.fill('short');
  await expect(page.getByText('5 more characters.')).toBeVisible();
  await page.getByRole('button', { name: 'Show password' }).first().click();
  await expect(password).toHaveAttribute('type', 'text');
  await password.fill('olgas-harbour-staple');
  await expect(page.getByText('Long enough.')).toBeVisible();
});

test('an admin gives a designer the lead right and takes it back', async ({ page, signIn, gotoHydrated }) => {
  await signIn('admin');
  const table = page.getByRole('table', { name: 'People' });
  for (const lead of [false, true]) {
    await gotoHydrated('/admin/people?q=designer%40demo.test');
    await table.getByRole('link').first().click();
    await page.getByLabel(/^Lead/).setChecked(lead);
    await page.getByRole('button', { name: 'Save person' }).click();
    await expect(page).toHaveURL(/\/admin\/people$/);
    await gotoHydrated('/admin/people?q=designer%40demo.test');
    if (lead) {
      await expect(table).toContainText('Internal Designer, lead');
    } else {
      await expect(table).not.toContainText('Internal Designer, lead');
    }
  }
});
