// §32 in the browser: a request is claimed, worked on, delivered in versions, revised and approved; files go up and come down.
// In a world of its own, because others must not see it.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

// A file that is removed at the moment in which a page asks for its picture: the browser says so, and nobody sees anything.
test.use({ world: 'work', expectedErrors: [/status of 404 .*\/files\/[0-9a-f-]+\/thumbnail/] });

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PNG });
const work = (page: Page) => page.getByRole('region', { name: 'Work', exact: true });
const step = (page: Page, name: string) => work(page).getByRole('button', { name, exact: true });
const activity = (page: Page) => page.getByRole('region', { name: 'Activity' });
const making = (page: Page, version: number) => page.getByRole('region', { name: `Deliver version ${version}` });

/** A request for a service of which the client has no pack; gives its address. */
async function order(page: Page, title: string, gotoHydrated: (path: string, page?: Page) => Promise<void>): Promise<string> {
  await gotoHydrated('/requests/new', page);
  const select = page.getByLabel('Service', { exact: true });
  await select.selectOption({ label: 'Mug design' });
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Quantity', { exact: true }).fill('2');
  await page.getByLabel('Brief', { exact: true }).fill('Two mugs.');
  const update = page.getByRole('button', { name: 'Update quote' });
  if ((await update.count()) > 0) {
    await update.click();
  } else {
    await expect(page.getByRole('region', { name: 'Quote' })).toContainText('$30.00');
  }
  await page.getByRole('button', { name: 'Submit request', exact: true }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

/** Chooses files. Where the page is alive they are sent at once; else the button sends them. */
async function attach(page: Page, label: string | RegExp, files: { name: string; mimeType: string; buffer: Buffer }[], javaScript: boolean): Promise<void> {
  const input = page.getByLabel(label);
  // Whoever chooses has clicked on the field: it has the focus, so that a page that is read again leaves it alone.
  await input.focus();
  await input.setInputFiles(files);
  if (!javaScript) {
    await page.getByRole('button', { name: 'Add files' }).click();
  }
}

test('TP5, RQ4: a designer claims, delivers, the client has it revised and approves @nojs', async ({
  page,
  signIn,
  pageOf,
  gotoHydrated,
  javaScriptEnabled,
  expectAccessible,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('monthly');
  const address = await order(page, `Mugs ${javaScript ? 'alive' : 'by hand'}`, gotoHydrated);
  await expect(work(page)).toContainText('Waiting for a designer.');
  await attach(page, 'Attach files', [picture('inspiration.png')], javaScript);
  await expect(page.getByRole('region', { name: 'Attachments' })).toContainText('inspiration.png');

  const designer = await pageOf('designer');
  const second = await pageOf({ email: 'ben.okafor@demo.test', password: 'monthly-packs-demo' });
  await gotoHydrated(address, second);
  await gotoHydrated(address, designer);
  await expect(step(designer, 'Start'), 'what is shared is claimed first').toHaveCount(0);
  await step(designer, 'Claim').click();
  await expect(work(designer)).toContainText('Assigned to you, not started.');
  if (javaScript) {
    // The page has followed: nothing to claim is left. A press that was under way is told by whom.
    await expect(work(second)).toContainText('Assigned to Ana Ruiz, not started.');
    await expect(step(second, 'Claim')).toHaveCount(0);
  } else {
    await step(second, 'Claim').click();
    await expect(second.getByRole('alert')).toContainText('Already taken by Ana Ruiz.');
  }
  await step(designer, 'Start').click();
  await expect(work(designer)).toContainText('In progress, assigned to you.');
  await expectAccessible(designer);
  if (javaScript) {
    await expect(step(designer, 'Deliver')).toHaveAttribute('aria-disabled', 'true');
    await expect(step(designer, 'Deliver')).toHaveAccessibleDescription('Add at least one file first.');
  } else {
    // It says that it is disabled, but a button of a page without its code can be pressed all the same.
    await step(designer, 'Deliver').click({ force: true });
    await expect(designer.getByRole('alert').first()).toContainText('Add at least one file first.');
  }
  const note = making(designer, 1).getByLabel('Note (optional)');
  await note.fill('Both sides, as you asked.');
  await attach(designer, 'Files for version 1', [picture('mug one.png'), picture('wrong.png')], javaScript);
  await expect(making(designer, 1)).toContainText('mug one.png');
  await expect(note, 'what is written stays while files are added').toHaveValue('Both sides, as you asked.');
  await designer.getByRole('button', { name: 'Remove wrong.png' }).click();
  await expect(making(designer, 1)).not.toContainText('wrong.png');
  // Without JavaScript the button beside a file is a form of its own.
  await note.fill('Both sides, as you asked.');
  await gotoHydrated(address);
  expect(await page.content(), 'not the client’s yet').not.toContain('mug one.png');
  await step(designer, 'Deliver').click();
  await expect(designer.getByText('Version 1 delivered.')).toBeVisible();
  await expect(activity(designer)).toContainText('Both sides, as you asked.');
  await expect(making(designer, 1)).toHaveCount(0);

  await gotoHydrated(address);
  await expect(work(page)).toContainText('Version 1 is ready. Approve it or ask for a revision.');
  await expect(work(page).getByRole('list', { name: 'Progress' }).locator('[aria-current=step]')).toContainText('In review');
  await expect(activity(page).getByRole('listitem').filter({ hasText: 'delivered version 1.' }).first()).toContainText('Both sides, as you asked.');
  await expectAccessible();
  await work(page).locator('summary', { hasText: 'Ask for a revision' }).click();
  await page.getByRole('button', { name: 'Ask for a revision' }).click();
  await expect(page.getByLabel('What should change?')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('What should change?').fill('A **larger** handle.');
  await page.getByRole('button', { name: 'Ask for a revision' }).click();
  await expect(work(page)).toContainText('Revision in progress.');
  await expect(page.locator('.prose-lite strong', { hasText: 'larger' })).toBeVisible();

  await gotoHydrated(address, designer);
  await attach(designer, 'Files for version 2', [picture('mug two.png')], javaScript);
  await expect(making(designer, 2)).toContainText('mug two.png');
  await step(designer, 'Deliver').click();
  await expect(designer.getByText('Version 2 delivered.')).toBeVisible();

  await gotoHydrated(address);
  await expect(activity(page).getByRole('heading', { level: 3 })).toHaveText([/delivered version 1\.$/, /delivered version 2\.$/]);
  const link = activity(page).getByRole('link', { name: 'mug two.png' });
  if (javaScript) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('mug two.png');
    expect(readFileSync(await download.path())).toEqual(PNG);
  } else {
    const answer = await page.request.get((await link.getAttribute('href')) ?? '');
    expect(answer.headers()['content-disposition']).toContain('attachment; filename="mug two.png"');
    expect(await answer.body()).toEqual(PNG);
  }
  await step(page, 'Approve').click();
  await expect(work(page)).toContainText('Approved.');
  await expect(activity(page).getByText('Approved', { exact: true })).toBeVisible();
  await expect(page.getByRole('list', { name: /^History of request/ })).toContainText('approved version 2.');
  await expectAccessible();
});

test('RQ9: a wrong file is refused at its field, and nothing else that was typed is lost @nojs', async ({
  page,
  signIn,
  gotoHydrated,
  javaScriptEnabled,
}) => {
  const javaScript = javaScriptEnabled !== false;
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await page.getByLabel('Title', { exact: true }).fill('With an idea');
  await page.getByLabel('Brief', { exact: true }).fill('Keep me.');
  await attach(page, 'Attachments', [{ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<html>') }], javaScript);
  await expect(page.getByLabel('Attachments')).toHaveAccessibleDescription('We can\'t accept “page.html”. Try a PDF, an image or a ZIP.');
  await attach(page, 'Attachments', [picture('idea.png')], javaScript);
  const list = page.getByRole('list', { name: 'Attached files' });
  await expect(list).toContainText('idea.png');
  await expect(page.getByLabel('Brief', { exact: true })).toHaveValue('Keep me.');
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('With an idea');
  await page.reload();
  await expect(page.getByRole('list', { name: 'Attached files' })).toContainText('idea.png');
  await page.getByRole('button', { name: 'Remove idea.png' }).click();
  await expect(page.getByRole('list', { name: 'Attached files' })).toHaveCount(0);
});

test('the walk by keyboard alone, and on a phone', async ({ page, signIn, pageOf, gotoHydrated, expectAccessible }) => {
  await signIn('monthly');
  const address = await order(page, 'Keys only', gotoHydrated);
  const designer = await pageOf('designer');
  await gotoHydrated(address, designer);
  const press = async (on: Page, name: string): Promise<void> => {
    await step(on, name).focus();
    await on.keyboard.press('Enter');
  };
  await press(designer, 'Claim');
  await expect(work(designer), 'the focus does not fall off the page').toBeFocused();
  await press(designer, 'Start');
  await expect(work(designer)).toContainText('In progress, assigned to you.');
  await attach(designer, 'Files for version 1', [picture('keys.png')], true);
  await expect(making(designer, 1)).toContainText('keys.png');
  // The keys that submit deliver, from the note.
  await making(designer, 1).getByLabel('Note (optional)').fill('By keys.');
  await designer.keyboard.press('Control+Enter');
  await expect(designer.getByText('Version 1 delivered.')).toBeVisible();

  await page.setViewportSize({ width: 390, height: 800 });
  await gotoHydrated(address);
  await expectAccessible();
  const ask = work(page).locator('summary', { hasText: 'Ask for a revision' });
  await ask.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('What should change?')).toBeFocused();
  await page.keyboard.type('Bolder.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(work(page)).toContainText('Revision in progress.');
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is cut off').toBe(true);
});
