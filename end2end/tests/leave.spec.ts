// Unsubscribing and resuming (§13), as the owner of an account: what it means is said first, both can be pressed, and each is seen on the
// pack's page and in the list.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'leave' });

const pack = async (page: Page): Promise<string> => {
  const row = page.getByRole('table', { name: 'Monthly packs' }).getByRole('rowheader').first();
  return (await row.innerText()).trim();
};

for (const paid of ['monthly', 'royalties'] as const) {
  test(`UN1, UN2: an owner with ${paid} leaves a pack, and takes it back @nojs`, async ({ page, signIn, gotoHydrated, expectAccessible, application, javaScriptEnabled }) => {
    const alive = javaScriptEnabled !== false;
    await signIn(paid);
    await gotoHydrated('/payment/packs');
    const label = await pack(page);
    await page.getByRole('button', { name: `Unsubscribe from ${label}`, exact: true }).click();
    const asked = page.getByRole('dialog', { name: `Unsubscribe from ${label}?` });
    await expect(asked).toContainText(/^.*Your pack stays until [A-Z][a-z]{2} \d+, 2027, \d+:\d\d [AP]M CT\. You have \d+ [a-z]+ left until then\./s);
    await expectAccessible();
    if (alive) {
      await asked.getByRole('button', { name: 'Keep pack' }).click();
      await expect(asked).toBeHidden();
      await page.getByRole('button', { name: `Unsubscribe from ${label}`, exact: true }).click();
    }
    await asked.getByLabel(/^Why are you leaving\?/).selectOption({ label: "I don't use it enough" });
    await asked.getByRole('button', { name: 'Unsubscribe', exact: true }).dblclick();
    await expect(page.getByText(/^Unsubscribed\. Your pack ends [A-Z][a-z]{2} \d+\.$/)).toBeVisible();
    await expect(page).toHaveURL(/\/payment\/packs\/[0-9a-f-]{36}$/);
    const resume = page.getByRole('button', { name: `Resume ${label}`, exact: true });
    await expect(resume).toBeVisible();
    await expect(page.getByRole('meter', { name: label }), 'UN3: until the end, all of it').toBeVisible();
    await expect(page.getByText(/ · ends [A-Z][a-z]{2} \d+/)).toBeVisible();
    await expectAccessible();

    await gotoHydrated('/payment/packs');
    await expect(page.getByText(/^Ends [A-Z][a-z]{2} \d+, 2027/).first()).toBeVisible();
    await resume.click();
    // It counts once the payment provider has confirmed it: without scripts, on the next look.
    await expect(async () => {
      if (!alive) {
        await page.reload();
      }
      await expect(page.getByRole('button', { name: `Unsubscribe from ${label}`, exact: true })).toBeVisible();
    }).toPass();
    await gotoHydrated('/payment/packs');
    await expect(page.getByText(/^Renews [A-Z][a-z]{2} \d+, 2027/).first()).toBeVisible();
    application.checkBooks();
  });
}
