// RQ9: the pictures of a request. Tiles where it is decided on, one over the page, versions side by side; without JavaScript each tile
// leads to its picture.
import type { Page } from '@playwright/test';
import UPNG from 'upng-js';
import { expect, test } from '../fixtures';

test.use({ world: 'pictures' });

/** A picture of one colour; half of it can be seen through where `through` says so. */
function png(width: number, height: number, colour: [number, number, number], through = false): Buffer {
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    pixels.set([...colour, through && at % 2 === 0 ? 0 : 255], at * 4);
  }
  return Buffer.from(UPNG.encode([pixels.buffer], width, height, 0));
}

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer });
const work = (page: Page) => page.getByRole('region', { name: 'Work', exact: true });
const tile = (page: Page, name: string) => page.getByRole('link', { name: `Look at ${name}`, exact: true });
const shown = (page: Page) => page.getByRole('dialog').getByRole('img');

/** Its pixels have come. */
const loaded = async (page: Page, name: string): Promise<void> => {
  await expect.poll(() => tile(page, name).locator('img').evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
};

/** A request that somebody else delivers two versions of. */
test('RQ9: designs are seen where they are decided on, alone and beside the version before @nojs', async ({
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
  await page.getByLabel('Title', { exact: true }).fill('Sunrise mug');
  await page.getByLabel('Brief', { exact: true }).fill('A sunrise.');
  if (!javaScript) {
    await page.getByRole('button', { name: 'Update quote' }).click();
  }
  // What is submitted is what was shown.
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('$15.00');
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  const address = new URL(page.url()).pathname;

  const designer = await pageOf('designer');
  const press = async (name: string) => work(designer).getByRole('button', { name, exact: true }).click();
  const deliver = async (version: number, files: ReturnType<typeof file>[]) => {
    const input = designer.getByLabel(`Files for version ${version}`);
    await input.focus();
    await input.setInputFiles(files);
    if (!javaScript) {
      await designer.getByRole('button', { name: 'Add files' }).click();
    }
    await expect(designer.getByRole('region', { name: `Deliver version ${version}` })).toContainText(files.at(-1)?.name ?? '');
    // Drawn beside the page, which then shows it by itself; without JavaScript when it is opened again.
    await expect(async () => {
      if (!javaScript) {
        await gotoHydrated(address, designer);
      }
      await expect(tile(designer, files[0]?.name ?? '').first()).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await press('Deliver');
    await expect(designer.getByText(`Version ${version} delivered.`)).toBeVisible();
  };
  await gotoHydrated(address, designer);
  await press('Claim and start');
  await deliver(1, [file('front.png', png(900, 600, [40, 80, 200])), file('back.png', png(600, 900, [200, 80, 40], true))]);

  await gotoHydrated(address);
  await expect(work(page).getByRole('list', { name: 'Pictures of version 1' }).getByRole('listitem')).toHaveCount(2);
  await loaded(page, 'front.png');
  await expectAccessible();
  if (!javaScript) {
    // The browser's own page around a picture has words of its own for the console.
    const answer = await page.request.get((await tile(page, 'front.png').getAttribute('href')) ?? '');
    expect([answer.status(), answer.headers()['content-type'], answer.headers()['content-disposition']]).toEqual([200, 'image/jpeg', 'inline']);
    return;
  }

  await tile(page, 'back.png').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(shown(page)).toHaveAttribute('alt', 'back.png, version 1');
  await expect(page.getByRole('dialog')).toContainText('Version 1, 600 × 900 px');
  await expectAccessible();
  // By keys: the other one, larger, and away. What is looked at stays when the page is read again.
  const other = page.getByRole('button', { name: 'Previous picture' });
  await ((await other.isVisible()) ? page.keyboard.press('ArrowLeft') : page.keyboard.press('ArrowRight'));
  await expect(shown(page)).toHaveAttribute('alt', 'front.png, version 1');
  await page.keyboard.press('+');
  await expect(shown(page)).toHaveClass(/zoomed/);
  await gotoHydrated(address, designer);
  await designer.getByLabel('Message', { exact: true }).fill('Here it is.');
  await designer.getByRole('button', { name: 'Send message' }).click();
  await expect(page.getByText('Here it is.')).toBeAttached();
  await expect(shown(page)).toHaveAttribute('alt', 'front.png, version 1');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(tile(page, 'back.png')).toBeFocused();

  await work(page).locator('summary', { hasText: 'Ask for a revision' }).click();
  await page.getByLabel('What should change?').fill('Warmer.');
  await page.getByRole('button', { name: 'Ask for a revision' }).click();
  await expect(work(page)).toContainText('Revision in progress.');
  await gotoHydrated(address, designer);
  await deliver(2, [file('front.png', png(900, 600, [230, 120, 30]))]);
  await gotoHydrated(address);
  await work(page).getByRole('link', { name: 'Look at front.png' }).click();
  await page.getByRole('button', { name: 'Compare with version 1' }).click();
  await expect(shown(page)).toHaveCount(2);
  await expect(page.getByRole('dialog').getByRole('figure')).toHaveText(['Version 1', 'Version 2']);
  await expectAccessible();
  await page.keyboard.press('Escape');

  // Rows show the newest one.
  await gotoHydrated('/requests?q=Sunrise');
  const picture = page.getByRole('row', { name: /Sunrise mug/ }).locator('img');
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
});
