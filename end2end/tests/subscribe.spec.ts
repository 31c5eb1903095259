// Subscribing (§5): with a card on file, through Checkout, declined, confirmed by the bank or not, by royalties, twice,
// beside a late webhook and a new price. Each test has a client of its own, so that none meets another's packs.
import type { Page } from '@playwright/test';
import { chooseSize, expect, expectReadings, hydrated, readingsOf, test } from '../fixtures';
import type { World } from '../world';

test.use({ world: 'subscribe' });

const PAYS = '4242424242424242';
const DECLINED = '4000000000000002';
const SAVED_THEN_DECLINED = '4000000000000341';
const ASKS_EACH_TIME = '4000002760003184';

/** Names of clients differ between the projects and between the tests. */
const named = (name: string): string => `${name} ${test.info().project.name}`;

/** Opens the confirmation of a pack from *Services › Monthly Packs*. */
async function subscribeTo(page: Page, pack: string): Promise<void> {
  await chooseSize(page, pack);
  await page.getByRole('button', { name: `Subscribe to ${pack}`, exact: true }).click();
  await expect(page.getByRole('heading', { level: 2, name: pack })).toBeVisible();
}

/** Types a card into the hosted page. */
async function typeCard(page: Page, number: string): Promise<void> {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry').fill('04 / 34');
  await page.getByLabel('CVC').fill('123');
}

async function payByCard(page: Page, number: string): Promise<void> {
  await typeCard(page, number);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
}

/** From the list of packs to the hosted Checkout page of a client without a card. */
async function toCheckout(page: Page, pack: string): Promise<void> {
  await page.goto('/services/packs');
  await subscribeTo(page, pack);
  await expect(page.getByText('Next: enter your card.')).toBeVisible();
  await page.getByRole('button', { name: /^Continue to payment/ }).click();
  // The page that waits for the payment provider goes on by itself.
  await expect(page.getByRole('heading', { level: 1, name: 'Pay' })).toBeVisible();
}

/** Puts a card on file through the hosted page, as *Payment › Card* does. */
async function saveCard(page: Page, number: string): Promise<void> {
  await page.goto('/payment/methods');
  await page.getByRole('button', { name: /^(Add|Replace) card$/ }).click();
  await page.getByRole('link', { name: 'Enter card' }).click();
  await typeCard(page, number);
  await page.getByRole('button', { name: 'Save card' }).click();
}

/** SU8: what the page says once the pack has begun. */
async function expectBegun(page: Page, pack: string): Promise<void> {
  await expect(page).toHaveURL(/\/payment\/packs\/[0-9a-f-]{36}/);
  const meter = page.getByRole('meter', { name: pack });
  await expect(meter).toHaveAttribute('aria-valuenow', '0');
  await expect(meter).toHaveAttribute('aria-valuemax', /^\d+$/);
  await expect(page.getByText(/\$\d+\.\d\d a month/).first()).toBeVisible();
  await expect(page.getByText('Active', { exact: true }).first()).toBeVisible();
  await expect(page.getByText(/[A-Z][a-z]{2} \d+, 2027, \d+:\d\d [AP]M CT/).first()).toBeVisible();
  await expect(page.getByText('Assigning…')).toBeVisible();
}

/** How often a client has been charged, by the sandbox's own journal. */
async function charges(application: World, page: Page): Promise<number> {
  const id = /\/payment\/packs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
  const { metadata } = await application.ledger();
  return metadata[`pack_subscription_id=${id}`]?.charges ?? 0;
}

test('SU5: a card on file: one confirmation, charged at once, and the page says what it has @nojs', async ({
  page,
  signIn,
  gotoHydrated,
  application,
  expectAccessible,
}) => {
  const pack = '8 × Poster design';
  await signIn('payg');
  await gotoHydrated('/services/packs');
  await subscribeTo(page, pack);
  await expect(page.getByText(/is charged to Visa •4242 now/)).toBeVisible();
  await page.getByRole('button', { name: new RegExp(`^Subscribe and pay .*${pack}`) }).click();
  await expectBegun(page, pack);
  await expectAccessible();
  expect(await charges(application, page)).toBe(1);
  await page.getByRole('link', { name: 'Receipt' }).click();
  await expect(page.getByText('This invoice is paid.')).toBeVisible();
  // It is where a client looks for it, and cannot be had twice (SU1).
  await gotoHydrated('/payment/packs');
  await expect(page.getByRole('table', { name: 'Monthly packs' }).getByText(pack)).toBeVisible();
  await gotoHydrated('/payment/invoices');
  await expect(page.getByRole('table', { name: 'Invoices' }).getByText(pack)).toBeVisible();
  await gotoHydrated('/services/packs');
  await expect(page.getByRole('button', { name: `Subscribe to ${pack}` })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: pack }) })).toContainText('Your pack');
  application.checkBooks();
});

test('SU5: without a card, through Checkout, from Payment › Monthly Packs @nojs', async ({ page, signIn, application, expectAccessible }) => {
  const pack = '10 × Mug design';
  await signIn(await application.newClient(named('Checkout')));
  await page.goto('/payment/packs');
  await page.getByRole('link', { name: 'See monthly packs' }).click();
  await expect(page).toHaveURL(/\/services\/packs$/);
  await toCheckout(page, pack);
  await expectAccessible();
  await expect(page.getByText(pack)).toBeVisible();
  await payByCard(page, PAYS);
  await expectBegun(page, pack);
  await expect(page.getByRole('status').filter({ hasText: "You're subscribed. 10 Mug designs are ready until" })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Send your first request' })).toHaveAttribute('href', /\/requests\/new\?service=/);
  await expectAccessible();
  expect(await charges(application, page)).toBe(1);
  // It is said once.
  await page.goto(new URL(page.url()).pathname);
  await expectBegun(page, pack);
  await expect(page.getByText("You're subscribed.")).toHaveCount(0);
  // The card is kept for later (SU5, GR6).
  await page.goto('/payment/methods');
  await expect(page.getByRole('heading', { name: 'Visa •4242' })).toBeVisible();
  application.checkBooks();
});

test('GR6: the page that a client comes back to with a saved card is read once', async ({ page, signIn, application }) => {
  await signIn(await application.newClient(named('Stays there')));
  await saveCard(page, PAYS);
  await expect(page).toHaveURL(/from=saved/);
  await expect(page.getByRole('heading', { name: 'Visa •4242' })).toBeVisible();
  await expect(page.getByText('Your card is being saved…')).toHaveCount(0);
  const calls = async (): Promise<number> => (await application.sandbox<{ calls: number }>('calls')).calls;
  const readings = readingsOf(page);
  const before = await calls();
  await page.waitForTimeout(10_000);
  expect(readings.filter((path) => path === '/api/payment/methods').length, readings.join(' ')).toBeLessThanOrEqual(3);
  expect((await calls()) - before, 'calls to the payment provider').toBeLessThanOrEqual(6);
});

test('SU9: a declined card, then another, on the same Checkout page @nojs', async ({ page, signIn, application, expectAccessible }) => {
  const pack = '10 × Mug design';
  await signIn(await application.newClient(named('Declined')));
  await toCheckout(page, pack);
  await payByCard(page, DECLINED);
  await expect(page.getByRole('alert')).toContainText('Your card was declined.');
  await expect(page.getByLabel('Card number')).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible();
  // Nothing is given before the money, and no banner says that something were wrong with the account.
  const subscription = await page.context().newPage();
  await subscription.goto('/dashboard');
  await expect(subscription.getByRole('article').filter({ hasText: pack })).toContainText('Waiting for payment');
  await expect(subscription.getByRole('meter')).toHaveCount(0);
  await expect(subscription.getByRole('alert')).toHaveCount(0);
  await subscription.close();
  await payByCard(page, PAYS);
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
  application.checkBooks();
});

test('SU3, SU9: the card on file is declined: the bank’s words, and the same invoice by another card @nojs', async ({
  page,
  signIn,
  application,
  expectAccessible,
}) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Bad card')));
  await saveCard(page, SAVED_THEN_DECLINED);
  await expect(page.getByRole('heading', { name: 'Visa •0341' })).toBeVisible();
  await page.goto('/services/packs');
  await subscribeTo(page, pack);
  await page.getByRole('button', { name: /^Subscribe and pay/ }).click();
  await expect(page.getByRole('alert')).toContainText('Your card was declined.');
  await expect(page.getByRole('meter')).toHaveCount(0);
  await expectAccessible();
  const at = page.url();
  await page.getByRole('link', { name: 'Try another card' }).click();
  await page.getByRole('radio', { name: 'Another card' }).check();
  await payByCard(page, PAYS);
  await expect(page.getByText('This invoice is paid.')).toBeVisible();
  await page.goto(at);
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
  application.checkBooks();
});

test('SU4: a card that asks for authentication: accepted at Checkout, with the bank’s page @nojs', async ({
  page,
  signIn,
  application,
  expectAccessible,
}) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Asked')));
  await toCheckout(page, pack);
  await payByCard(page, ASKS_EACH_TIME);
  await expect(page.getByRole('heading', { name: 'Authentication' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
});

test('SU4: refused at the bank, nothing is charged; then accepted @nojs', async ({ page, signIn, application }) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Refused')));
  await toCheckout(page, pack);
  await payByCard(page, ASKS_EACH_TIME);
  await page.getByRole('button', { name: 'Fail authentication' }).click();
  await expect(page.getByRole('alert')).toContainText('We are unable to authenticate your payment method.');
  await payByCard(page, ASKS_EACH_TIME);
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
});

test('SU4: the card on file asks: Finish payment continues the same invoice, once refused, then accepted @nojs', async ({
  page,
  signIn,
  application,
}) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('On file asks')));
  await saveCard(page, ASKS_EACH_TIME);
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await expect(page.getByRole('heading', { name: 'Visa •3184' })).toBeVisible();
  await page.goto('/services/packs');
  await subscribeTo(page, pack);
  await page.getByRole('button', { name: /^Subscribe and pay/ }).click();
  await expect(page.getByText('Your bank wants you to confirm this payment. Nothing has been charged yet.')).toBeVisible();
  const at = page.url();
  for (const answer of ['Fail authentication', 'Complete authentication']) {
    // From the list, as somebody who comes back later.
    await page.goto('/services/packs');
    await page.getByRole('button', { name: `Finish payment of ${pack}` }).click();
    await expect(page).toHaveURL(new RegExp(`${new URL(at).pathname}\\??$`));
    await page.getByRole('link', { name: /^(Finish payment|Try another card)$/ }).click();
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.getByRole('button', { name: answer }).click();
    if (answer === 'Fail authentication') {
      await expect(page.getByText(/We are unable to authenticate your payment method/)).toBeVisible();
      await page.goto(at);
      await expect(page.getByRole('meter')).toHaveCount(0);
    }
  }
  await expect(page.getByText('This invoice is paid.')).toBeVisible();
  await page.goto(at);
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
  application.checkBooks();
});

test('a double click on Subscribe is one subscription and one charge', async ({ page, signIn, application }) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Double')));
  await saveCard(page, PAYS);
  await expect(page.getByRole('heading', { name: 'Visa •4242' })).toBeVisible();
  await page.goto('/services/packs');
  await hydrated(page, true);
  await subscribeTo(page, pack);
  await page.getByRole('button', { name: /^Subscribe and pay/ }).dblclick();
  await expectBegun(page, pack);
  expect(await charges(application, page)).toBe(1);
  expect((await application.ledger()).total.charges, 'nor is anything else charged').toBeGreaterThan(0);
  await page.goto('/payment/invoices');
  await expect(page.getByRole('table', { name: 'Invoices' }).getByRole('row')).toHaveCount(2);
  application.checkBooks();
});

test('a dashboard that is open meanwhile is read again a few times, and never as a document', async ({ page, signIn, application }) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Open dashboard')));
  await saveCard(page, PAYS);
  await expect(page.getByRole('heading', { name: 'Visa •4242' })).toBeVisible();
  const other = await page.context().newPage();
  await other.goto('/dashboard');
  await hydrated(other, true);
  await page.goto('/services/packs');
  await hydrated(page, true);
  await subscribeTo(page, pack);
  const readings = readingsOf(other);
  await page.getByRole('button', { name: /^Subscribe and pay/ }).click();
  await expectBegun(page, pack);
  await expect(other.getByRole('meter', { name: pack })).toBeVisible();
  // Begun, paid, and what the provider says of it.
  expectReadings(readings, '/api/dashboard', 3);
});

test('two tabs: the second is told that the pack is there, and nothing is charged twice', async ({ page, signIn, application }) => {
  const pack = '5 × Logo design';
  await signIn(await application.newClient(named('Two tabs')));
  await saveCard(page, PAYS);
  await expect(page.getByRole('heading', { name: 'Visa •4242' })).toBeVisible();
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto('/services/packs');
    await hydrated(tab, true);
    await subscribeTo(tab, pack);
  }
  await page.getByRole('button', { name: /^Subscribe and pay/ }).click();
  await expectBegun(page, pack);
  // Whether the other tab has been told before it is pressed or because of it: it says so and offers no second payment.
  const press = other.getByRole('button', { name: /^Subscribe and pay/ });
  if (await press.isVisible()) {
    await press.click();
  }
  await expect(other.getByText(`You already have the ${pack} pack.`)).toBeVisible();
  await expect(press).toHaveCount(0);
  await other.getByRole('link', { name: 'View pack' }).click();
  await expect(other).toHaveURL(new RegExp(`${new URL(page.url()).pathname}$`));
  expect(await charges(application, page)).toBe(1);
  application.checkBooks();
});

test.describe('back', () => {
  test('the back button after paying shows what was bought, and pays nothing again @nojs', async ({ page, signIn, application }) => {
    const pack = '10 × Mug design';
    await signIn(await application.newClient(named('Back')));
    await toCheckout(page, pack);
    await payByCard(page, PAYS);
    await expectBegun(page, pack);
    const at = new URL(page.url()).pathname;
    // To Checkout, which is done and leads on.
    await page.goBack();
    await page.reload();
    await expect(page.getByText('You have already completed this page.')).toBeVisible();
    await page.getByRole('link', { name: 'Continue' }).click();
    await expectBegun(page, pack);
    expect(new URL(page.url()).pathname).toBe(at);
    // To the confirmation, which offers no second payment.
    await page.goto('/services/packs');
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: pack }) });
    await card.getByRole('link', { name: 'View pack' }).click();
    await expectBegun(page, pack);
    expect(await charges(application, page)).toBe(1);
  });
});

test.describe('late webhooks', () => {
  test('SU6: the return page arrives by its own poll, whether the webhook is late or never comes @nojs', async ({
    page,
    signIn,
    application,
  }) => {
    const pack = '10 × Mug design';
    await application.sandbox('webhooks', { hold: true });
    try {
      await signIn(await application.newClient(named('Late')));
      await toCheckout(page, pack);
      await payByCard(page, PAYS);
      await expectBegun(page, pack);
      const held = await application.sandbox<{ state: string }[]>('deliveries?state=pending');
      expect(held.length, 'none was delivered meanwhile').toBeGreaterThan(0);
    } finally {
      await application.sandbox('webhooks', { release: true });
    }
    // Coming late, they change nothing.
    await expect.poll(async () => (await application.sandbox<unknown[]>('deliveries?state=pending')).length).toBe(0);
    await page.reload();
    await expectBegun(page, pack);
    expect(await charges(application, page)).toBe(1);
    application.checkBooks();
  });
});

test('SU7: by royalties it is active at once, without a card @nojs', async ({ page, signIn, application, expectAccessible }) => {
  const pack = '12 × Phone case design';
  await signIn(await application.newClient(named('Royal'), 'royalties'));
  await page.goto('/services/packs');
  await expect(page.getByText('No card is needed.')).toBeVisible();
  await subscribeTo(page, pack);
  await expect(page.getByText(/is deducted from your royalties each month/)).toBeVisible();
  await page.getByRole('button', { name: `Subscribe: ${pack}` }).click();
  await expectBegun(page, pack);
  await page.goto('/payment/packs');
  await expect(page.getByRole('navigation', { name: 'Payment', exact: true }).getByRole('link')).toHaveText([/^Packs/, /^Deductions/]);
  await expect(page.getByRole('table', { name: 'Monthly packs' })).toContainText('Next deduction');
  await page.goto('/payment/deductions');
  await expect(page.getByRole('table', { name: 'Deductions' }).getByRole('row').filter({ hasText: pack })).toContainText(/Due [A-Z][a-z]{2} \d/);
  await page.goto('/payment/methods');
  await expect(page.getByText(/no card is needed/)).toBeVisible();
  await expectAccessible();
  application.checkBooks();
});

test.describe('a new price', () => {
  // The browser's own line about the answer's status.
  test.use({ expectedErrors: [/status of 409/] });

  test('SU1: the price has changed meanwhile: it says so, and only the new price is confirmed @nojs', async ({
    page,
    application,
    signIn,
    pageOf,
    gotoHydrated,
    expectAccessible,
  }) => {
    const pack = '15 × Sticker sheet';
    const price = test.info().project.name.endsWith('nojs') ? '211.00' : '205.00';
    await signIn(await application.newClient(named('Repriced'), 'royalties'));
    await gotoHydrated('/services/packs');
    await subscribeTo(page, pack);

    const admin = await pageOf('admin');
    await gotoHydrated('/admin/packs', admin);
    await admin.getByRole('link', { name: /^Sticker sheet ?, 15 a month$/ }).click();
    await admin.getByLabel('Monthly price').fill(price);
    await admin.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(admin.getByRole('table', { name: 'Versions' })).toContainText(`$${price}`);

    await page.getByRole('button', { name: /^Subscribe/ }).click();
    await expect(page.getByRole('alert')).toContainText(`The price is now $${price.replace('.00', '')}. Please confirm.`);
    await expect(page.getByText(`$${price} a month`)).toBeVisible();
    await expectAccessible();
    await page.getByRole('button', { name: /^Subscribe/ }).click();
    await expectBegun(page, pack);
    await expect(page.getByText(`$${price} a month`).first()).toBeVisible();
    application.checkBooks();
  });
});

test('SU9: another pack of the service gives up the one that was never paid', async ({ page, signIn, application }) => {
  await signIn(await application.newClient(named('Instead')));
  await toCheckout(page, '5 × Logo design');
  await toCheckoutInstead(page, '10 × Logo design');
  await payByCard(page, PAYS);
  await expectBegun(page, '10 × Logo design');
  await page.goto('/payment/packs');
  await expect(page.getByRole('table', { name: 'Monthly packs' }).getByRole('row')).toHaveCount(2);
  await expect(page.getByRole('table', { name: 'Ended packs' })).toContainText('5 × Logo design');
  application.checkBooks();
});

/** As `toCheckout`, where another pack of the service still waits for its payment. */
async function toCheckoutInstead(page: Page, pack: string): Promise<void> {
  await page.goto('/services/packs');
  await chooseSize(page, pack);
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: pack }) });
  await card.getByRole('button', { name: `Subscribe to ${pack}`, exact: true }).click();
  await expect(page.getByText(/You started .+ but haven't paid\. Subscribing here cancels it\./)).toBeVisible();
  await page.getByRole('button', { name: /^Continue to payment/ }).click();
  // The old one is given up first; its page goes on to the new one by itself, or leads there where it is over when it opens.
  const there = page.getByRole('heading', { level: 1, name: pack });
  const onward = page.getByRole('link', { name: 'View new pack' });
  await expect(there.or(onward)).toBeVisible();
  if (await onward.isVisible()) {
    await onward.click({ timeout: 2_000 }).catch(() => undefined);
  }
  await expect(there).toBeVisible();
  await page.getByRole('link', { name: 'Continue to payment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Pay' })).toBeVisible();
}
