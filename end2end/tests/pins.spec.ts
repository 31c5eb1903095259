// RQ3, RQ9: comments that are pinned on pictures: by pointer and by keys, read by everybody who sees the picture, notes by the agency
// alone; without JavaScript under the picture.
import type { Page } from '@playwright/test';
import UPNG from 'upng-js';
import { expect, test } from '../fixtures';

test.use({ world: 'pins' });

const picture = {
  name: 'moodboard.png',
  mimeType: 'image/png',
  buffer: Buffer.from(UPNG.encode([new Uint8Array(800 * 500 * 4).fill(200).buffer], 800, 500, 0)),
};
const dialog = (page: Page) => page.getByRole('dialog');
const tile = (page: Page) => page.getByRole('link', { name: 'Look at moodboard.png', exact: true });
const comments = (page: Page) => dialog(page).getByRole('list', { name: 'Comments' }).getByRole('listitem');
/** The picture takes the keys. */
const focused = (page: Page) => expect(dialog(page).getByRole('figure')).toBeFocused();
const point = (page: Page, name: string) => dialog(page).getByRole('img', { name: `Comment ${name}`, exact: true });

test('RQ3, RQ9: comments are pinned on a picture, and each is read by whoever may @nojs', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await page.getByLabel('Service', { exact: true }).selectOption({ label: 'Mug design' });
  await page.getByLabel('Title', { exact: true }).fill('Pinned mug');
  await page.getByLabel('Brief', { exact: true }).fill('As on the moodboard.');
  if (!javaScript) {
    await page.getByRole('button', { name: 'Update quote' }).click();
  }
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('$15.00');
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  const address = new URL(page.url()).pathname;
  await page.getByLabel('Attach files').setInputFiles([picture]);
  if (!javaScript) {
    await page.getByRole('button', { name: 'Add files' }).click();
  }
  await expect(async () => {
    if (!javaScript) {
      await gotoHydrated(address);
    }
    await expect(tile(page)).toBeVisible({ timeout: 2_000 });
  }).toPass();
  const activity = page.getByRole('region', { name: 'Activity' });

  if (!javaScript) {
    const attachments = page.getByRole('region', { name: 'Attachments' });
    await attachments.getByText('Comment on moodboard.png').first().click();
    await attachments.getByRole('button', { name: 'Send comment' }).click();
    // What was refused is said there, unfolded.
    await expect(attachments.getByLabel('Comment on moodboard.png')).toHaveAttribute('aria-invalid', 'true');
    await attachments.getByLabel('Comment on moodboard.png').fill('All of it, please.');
    await attachments.getByRole('button', { name: 'Send comment' }).click();
    await expect(activity.getByRole('link', { name: 'Comment on moodboard.png · 1' })).toBeVisible();
    await expect(attachments.getByRole('list', { name: 'Comments' })).toContainText('All of it, please.');
    return;
  }

  await tile(page).click();
  await dialog(page).getByRole('button', { name: 'Add a comment' }).click();
  const shown = dialog(page).getByRole('img', { name: 'moodboard.png, attachment' });
  const box = await shown.boundingBox();
  await shown.click({ position: { x: (box?.width ?? 0) / 4, y: ((box?.height ?? 0) * 3) / 4 } });
  const words = dialog(page).getByLabel('Comment', { exact: true });
  await expect(words).toBeFocused();
  await words.fill('Greener here.');
  await expectAccessible();
  await page.keyboard.press('Control+Enter');
  await expect(comments(page)).toHaveText([/^1.*Greener here\.\s*$/s]);
  await expect(words).toBeHidden();
  // It stands where it was put, and says there what was written.
  const there = await point(page, '1').boundingBox();
  const middle = { x: (there?.x ?? 0) + (there?.width ?? 0) / 2, y: (there?.y ?? 0) + (there?.height ?? 0) / 2 };
  expect(Math.abs(middle.x - ((box?.x ?? 0) + (box?.width ?? 0) / 4))).toBeLessThan(40);
  await point(page, '1').hover();
  await expect(page.locator('.said-note')).toContainText('Greener here.');

  // By keys alone: the point begins in the middle, Escape gives it up and leaves the picture open.
  await dialog(page).getByRole('button', { name: 'Add a comment' }).press('Enter');
  await focused(page);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await expect(dialog(page).getByText('51.0% from the left, 49.0% from the top')).toBeAttached();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeVisible();
  await expect(dialog(page).getByRole('button', { name: 'Add a comment' })).toBeFocused();
  await page.keyboard.press('Enter');
  await focused(page);
  await page.keyboard.press('Enter');
  await expect(words).toBeFocused();
  await page.keyboard.type('Larger here.');
  await dialog(page).getByRole('button', { name: 'Send comment' }).click();
  await expect(comments(page)).toHaveText([/^1.*Greener/s, /^2.*Larger/s]);
  await expectAccessible();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toHaveCount(0);
  await activity.getByRole('link', { name: 'Pinned on moodboard.png · 2' }).click();
  await expect(point(page, '2')).toBeVisible();

  // The agency reads them and keeps a note of its own, which the client's open page never gets.
  const designer = await pageOf('designer');
  await gotoHydrated(address, designer);
  await tile(designer).click();
  await expect(comments(designer)).toHaveCount(2);
  await dialog(designer).getByRole('button', { name: 'Add a comment' }).press('Enter');
  await focused(designer);
  await designer.keyboard.press('Enter');
  await expect(dialog(designer).getByLabel('Comment', { exact: true })).toBeFocused();
  await designer.keyboard.type('They always say larger.');
  await dialog(designer).getByLabel('Internal note').check();
  await dialog(designer).getByRole('button', { name: 'Send comment' }).click();
  await expect(point(designer, 'N1')).toBeVisible();
  await expect(comments(designer)).toHaveCount(3);
  await gotoHydrated(address);
  await tile(page).click();
  await expect(comments(page)).toHaveCount(2);
  await expect(page.getByText('They always say larger.')).toHaveCount(0);
});
