// What people do to people: invitations. In a world of their own, because others must not see it.
import { expect, test } from '../fixtures';

test.use({ world: 'people' });

test('an owner invites a member, who accepts and signs in', async ({ page, signIn, pageOf, browser, baseURL }) => {
  await signIn('royalties');
  await page.goto('/members');
  await page.getByLabel('Name', { exact: true }).fill('Mia Marten');
  await page.getByLabel('Email', { exact: true }).fill('mia@royalties.test');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('table', { name: 'Members' })).toContainText('mia@royalties.test');

  const admin = await pageOf('admin');
  await admin.goto('/admin/mail?q=mia');
  await admin.getByRole('link', { name: 'You are invited to Monthly Packs' }).click();
  const text = await admin.getByText(/\/invite\//).first().textContent();
  const link = /\/invite\/[0-9a-f]+/.exec(text ?? '')?.[0] ?? '';
  expect(link).not.toBe('');

  const context = await browser.newContext({ baseURL });
  const mia = await context.newPage();
  await mia.goto(link);
  await mia.getByLabel('New password', { exact: true }).fill('mias-harbour-staple');
  await mia.getByLabel('New password, again').fill('mias-harbour-staple');
  await mia.getByRole('button', { name: 'Set password and begin' }).click();
  await expect(mia).toHaveURL(/\/dashboard$/);
  await context.close();
});

test('an admin gives a designer the lead right and takes it back', async ({ page, signIn }) => {
  await signIn('admin');
  await page.goto('/admin/people?q=designer%40demo.test');
  await page.getByRole('table', { name: 'People' }).getByRole('link').first().click();
  await page.getByLabel(/^Lead/).check();
  await page.getByRole('button', { name: 'Save person' }).click();
  await expect(page).toHaveURL(/\/admin\/people$/);
  await page.goto('/admin/people?q=designer%40demo.test');
  await expect(page.getByRole('table', { name: 'People' })).toContainText('Internal Designer, lead');
});
