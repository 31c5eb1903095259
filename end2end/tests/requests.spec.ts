// Requests: the form with its quote and draft, the list, one request, the dashboard — as client, staff and vendor.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';

test.use({ world: 'requests' });

/** Chooses the service of which the client has a pack. */
async function choosePackService(page: Page): Promise<void> {
  const select = page.getByLabel('Service', { exact: true });
  const option = select.locator('option', { hasText: 'your pack' }).first();
  await select.selectOption((await option.getAttribute('value')) ?? '');
}

async function fill(page: Page, title: string, quantity: number): Promise<void> {
  await choosePackService(page);
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Quantity', { exact: true }).fill(String(quantity));
  await page.getByLabel('Brief', { exact: true }).fill('A **bold** leaf.\n<script>alert(1)</script>');
}

const submit = (page: Page): Promise<void> => page.getByRole('button', { name: 'Submit request', exact: true }).click();

test('the dashboard shows the packs with their meters, the work and what is extra @nojs', async ({ page, signIn, expectAccessible }) => {
  await signIn('monthly');
  await expect(page).toHaveURL(/\/dashboard/);
  const meter = page.getByRole('meter').first();
  await expect(meter).toHaveAttribute('aria-valuemax', /\d+/);
  await expect(page.getByText(/\d+ of \d+ used/).first()).toBeVisible();
  await expect(meter).toContainText(/\d+ left|None left/);
  await expect(meter).toContainText(/renews \w{3} \d+ · \$\d+\.00/);
  await expect(page.getByTitle(/^Renews .+ CT$/).first(), 'the whole instant stands behind it').toBeVisible();
  await expect(page.getByRole('region', { name: 'Next charges' })).toContainText(/\$\d+\.00/);
  await expect(page.getByRole('article').getByText('Active', { exact: true }), 'what is the rule is not said').toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Your requests' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /Extra charges in/ })).toBeVisible();
  await expectAccessible();
});

test('CO6: the quote follows what is typed, and Submit lands on the request with its badge', async ({
  page,
  signIn,
  gotoHydrated,
  expectAccessible,
}) => {
  await signIn('payg');
  await gotoHydrated('/requests/new');
  await fill(page, 'Leaf logo', 1);
  const quote = page.getByRole('region', { name: 'Quote' });
  await expect(quote).toContainText('$0.00');
  // Far beyond any pack: something is extra, and it is named before it is agreed to.
  await page.getByLabel('Quantity', { exact: true }).fill('500');
  await expect(quote).toContainText('extra');
  await expect(quote).not.toContainText('Nothing to pay');
  await page.getByLabel('Quantity', { exact: true }).fill('1');
  await expect(quote).toContainText('Nothing to pay');
  await expectAccessible();
  await submit(page);
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByText('Included in Pack').first()).toBeVisible();
  await expect(page.locator('.prose-lite strong', { hasText: 'bold' })).toBeVisible();
  await expect(page.locator('.prose-lite')).toContainText('<script>');
  await page.getByText('How this was charged').click();
  await expect(page.getByRole('list', { name: 'Coverage receipt' })).toContainText('1 of 1 included in the pack.');
  await expectAccessible();
});

test('RQ2: markup that is typed stays words, bare links are links, and long words stay within the page', async ({
  page,
  signIn,
  gotoHydrated,
}) => {
  const evil = '</title></textarea><evil-x>';
  await signIn('payg');
  await gotoHydrated('/requests/new');
  await fill(page, `${evil} ${'w'.repeat(80)}`, 1);
  await page.getByLabel('Brief', { exact: true }).fill(`${evil}\nhttps://example.test/${'w'.repeat(300)}`);
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('Nothing to pay');
  await submit(page);
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(evil);
  const brief = page.locator('.prose-lite').first();
  await expect(brief).toContainText(evil);
  await expect(brief.getByRole('link')).toHaveAttribute('rel', 'nofollow noopener noreferrer');
  await page.reload();
  await expect(brief).toContainText(evil);
  await expect(page.locator('evil-x')).toHaveCount(0);
  for (const width of [1366, 1280, 360]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  }
});

test('a request without JavaScript: Update quote, then Submit carries it @only-nojs', async ({ page, signIn }) => {
  await signIn('monthly');
  await page.goto('/requests/new');
  await fill(page, 'By hand', 200);
  await page.getByRole('button', { name: 'Update quote' }).click();
  await expect(page).toHaveURL(/draft=/);
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('By hand');
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText('extra');
  await submit(page);
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  await expect(page.getByText(/\d+ of 200 in Pack|Overage · \$/).first()).toBeVisible();
});

test('CO6: what was never shown is not charged; the new quote is confirmed @only-nojs', async ({ page, signIn }) => {
  await signIn('royalties');
  await page.goto('/requests/new');
  await fill(page, 'Unseen', 300);
  await submit(page);
  await expect(page).toHaveURL(/changed=1/);
  await expect(page.getByText('What your pack covers has changed.')).toBeVisible();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
});

test.describe('a refused form', () => {
  // The browser's own line about the answer's status.
  test.use({ expectedErrors: [/422/] });

  test('names every wrong field and loses nothing that was typed @nojs', async ({ page, signIn, gotoHydrated }) => {
    await signIn('monthly');
    await gotoHydrated('/requests/new');
    await page.getByLabel('Service', { exact: true }).selectOption('');
    await page.getByLabel('Quantity', { exact: true }).fill('0');
    await page.getByLabel('Brief', { exact: true }).fill('Keep me.');
    await submit(page);
    await expect(page.getByLabel('Service', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Title', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Quantity', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Brief', { exact: true })).toHaveValue('Keep me.');
  });

  test('lets go of each error with the first input that could be right, and the focus stays where one types', async ({
    page,
    signIn,
    gotoHydrated,
  }) => {
    await signIn('monthly');
    await gotoHydrated('/requests/new');
    const title = page.getByLabel('Title', { exact: true });
    const quantity = page.getByLabel('Quantity', { exact: true });
    await choosePackService(page);
    await quantity.fill('0');
    await submit(page);
    await expect(title).toBeFocused();
    const summary = page.getByRole('alert').filter({ hasText: 'Title' });
    await expect(summary).toBeVisible();
    await title.pressSequentially('A leaf');
    await expect(title).not.toHaveAttribute('aria-invalid', 'true');
    await expect(title).toBeFocused();
    await expect(quantity).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByRole('alert').filter({ hasText: 'Title' }), 'only what is still wrong').toHaveCount(0);
    await expect(page.getByRole('alert').filter({ hasText: 'Quantity' })).toBeVisible();
    await quantity.fill('2');
    await expect(quantity).not.toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByRole('alert').filter({ hasText: 'Quantity' })).toHaveCount(0);
  });
});

test('§29.1: the button says what it does and keeps its name; on a phone it stays in sight', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('monthly');
  await page.setViewportSize({ width: 390, height: 844 });
  await gotoHydrated('/requests/new');
  await fill(page, 'Much', 500);
  const button = page.getByRole('button', { name: 'Submit request', exact: true });
  await expect(button).toHaveText(/500 \w+ · \$[\d,]+\.00$/);
  await expect(button).toHaveAccessibleDescription(/^500 /);
  await expect(page.getByRole('region', { name: 'Quote' })).toContainText(/Due \w{3} \d+ \(\d+ business days?\)/);
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await expect(button).toBeInViewport();
  await expectAccessible();
});

test('an image that is pasted is attached, and listed in the field', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await page.getByLabel('Title', { exact: true }).fill('With a screenshot');
  await page.evaluate((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'pasted.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');
  const list = page.locator('#request-form').getByRole('list', { name: 'Attached files' });
  await expect(list).toContainText('pasted.png');
  await expect(page.getByRole('button', { name: 'Add files' }), 'what is chosen is sent at once').toBeHidden();
  await list.getByRole('button', { name: 'Remove pasted.png' }).click();
  await expect(list).toHaveCount(0);
  await page.getByRole('button', { name: 'Delete draft' }).click();
});

test('RQ2: a request is duplicated into a form of its own @nojs', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests?status=approved');
  await page.getByRole('table', { name: 'Service requests' }).locator('tbody a.row-link').first().click();
  const title = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  await page.getByRole('link', { name: 'Duplicate' }).click();
  await expect(page).toHaveURL(/\/requests\/new\?from=/);
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue(title);
  await expect(page.getByLabel('Service', { exact: true })).not.toHaveValue('');
  await expect(page.getByLabel('Needed by')).toHaveValue('');
});

test('RQ2: a draft saves itself and survives a reload and a sign-out', async ({ page, signIn, gotoHydrated }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await page.getByLabel('Title', { exact: true }).fill('Half a thought');
  await expect(page.getByText(/Draft saved/)).toBeVisible();
  await expect(page).toHaveURL(/draft=/);
  await page.reload();
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Half a thought');
  await page.context().clearCookies();
  await signIn('monthly');
  await gotoHydrated('/requests?status=draft');
  await page.getByRole('link', { name: 'Half a thought' }).click();
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Half a thought');
  await page.getByRole('button', { name: 'Delete draft' }).click();
  await expect(page).toHaveURL(/\/requests$/);
});

test.describe('a form that was sent from another tab', () => {
  // The browser's own lines about the answers' status: of the draft that saves itself, and of Submit.
  test.use({ expectedErrors: [/409/] });

  test('CO9: what is changed in it stays as a new request', async ({ page, signIn, gotoHydrated }) => {
    await signIn('monthly');
    await gotoHydrated('/requests/new');
    await fill(page, 'Sent once', 1);
    await expect(page).toHaveURL(/draft=/);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await submit(other);
    await expect(other).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
    await other.close();
    await page.getByLabel('Title', { exact: true }).fill('Sent twice');
    await expect(page.getByText(/This form was already sent as #\d+/)).toBeVisible();
    await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Sent twice');
    await expect(page.getByText(/Draft saved/)).toBeVisible();
    await submit(page);
    await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Sent twice');
  });
});

test('RQ5: the list filters, sorts and searches in the address @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('monthly');
  await gotoHydrated('/requests');
  await expect(page.getByRole('table', { name: 'Service requests' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('no such title anywhere');
  await page.getByRole('searchbox', { name: 'Search', exact: true }).press('Enter');
  await expect(page).toHaveURL(/q=no/);
  await expect(page.getByText('No matches')).toBeVisible();
  await gotoHydrated('/requests?sort=title');
  await expect(page.getByRole('columnheader', { name: /Title/ })).toHaveAttribute('aria-sort', 'ascending');
});

test('IN5: the switch hides pack requests and says how many @nojs', async ({ page, signIn, gotoHydrated, javaScriptEnabled }) => {
  await signIn('designer');
  await gotoHydrated('/requests');
  const toggle = page.getByRole('switch', { name: 'Show pack requests' });
  await expect(toggle).toBeChecked();
  await toggle.click();
  if (javaScriptEnabled === false) {
    const form = page.locator('form', { has: toggle });
    await form.getByRole('button', { name: 'Apply', exact: true }).click();
  }
  await expect(page.getByText(/\d+ pack requests? hidden/)).toBeVisible();
  await gotoHydrated('/requests');
  await expect(page.getByRole('switch', { name: 'Show pack requests' })).not.toBeChecked();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText(/pack requests? hidden/)).toBeHidden();
});

test('RQ3: a message reaches the client, an internal note never @nojs', async ({ page, signIn, gotoHydrated, pageOf }) => {
  await signIn('monthly');
  await gotoHydrated('/requests/new');
  await fill(page, 'Talk about it', 1);
  if ((await page.getByRole('button', { name: 'Update quote' }).count()) > 0) {
    await page.getByRole('button', { name: 'Update quote' }).click();
  } else {
    await expect(page.getByRole('region', { name: 'Quote' })).toContainText('To pay');
  }
  await submit(page);
  await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
  const address = new URL(page.url()).pathname;
  const designer = await pageOf('designer');
  await gotoHydrated(address, designer);
  await designer.getByLabel('Message', { exact: true }).fill('Only for us.');
  await designer.getByRole('checkbox', { name: 'Internal note' }).check();
  await designer.getByRole('button', { name: 'Send message' }).click();
  await expect(designer.getByText('Only for us.')).toBeVisible();
  await designer.getByLabel('Message', { exact: true }).fill('Which green?');
  await designer.getByRole('button', { name: 'Send message' }).click();
  await expect(designer.locator('.prose-lite', { hasText: 'Which green?' })).toBeVisible();
  await gotoHydrated(address);
  await expect(page.locator('.prose-lite', { hasText: 'Which green?' })).toBeVisible();
  expect(await page.content()).not.toContain('Only for us.');
});

test('RQ7: a vendor sees its requests by due date, no prices and no names @nojs', async ({ page, signIn, gotoHydrated, expectAccessible }) => {
  await signIn('vendor');
  await expect(page).toHaveURL(/\/vendor/);
  await expect(page.getByRole('heading', { name: 'Your work' })).toBeVisible();
  await expectAccessible();
  // What the vendor itself earns stands at home; no request says what it costs.
  await gotoHydrated('/requests');
  await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
  expect(await page.locator('main').innerText()).not.toContain('$');
  await expectAccessible();
});
