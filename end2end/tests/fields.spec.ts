// Whatever is typed into any field of any form, as each role, with JavaScript and without, is words: kept and shown as it was
// typed, or refused where it was typed; never an element, never a failure of the server. By server function, with more kinds of
// text and on both databases: tests/it/text.rs. What is stored already, on every document: tests/it/markup.rs.
import type { Page } from '@playwright/test';
import { type Role, expect, hydrated, test } from '../fixtures';
import { SCREENS, type Screen, nameOf } from '../screens';
import type { World } from '../world';

test.use({
  world: 'fields',
  // The browser's own line about a refusal that is a document of its own. Not 404: a picture that was typed would be asked for.
  expectedErrors: [/status of (401|409|422)/],
});

/** Screens that are left out. */
const SKIPPED: Record<string, string> = {
  '/admin/kit': 'shows the components; its forms lead nowhere',
  '/reset/:token': 'has fields for passwords only, which are never shown',
  '/invite/:token': 'has fields for passwords only, which are never shown',
};

/** By where it is posted: the button that the field belongs to, where that is not the form's main one. */
const PRESSED: Record<string, string> = {
  // Its reason is what that button asks for; assigning for the next period has none.
  '/api/assignments/assign': 'Replace now',
};

/** By where it is posted: what else shows what was kept, where it is neither the form's page nor the one that it leads to. */
const SHOWN: Record<string, string[]> = {
  '/api/assignments/assign': ['/admin/audit'],
  '/api/webhooks/ignore': ['/admin/audit'],
  '/api/payables/correct': ['/admin/audit'],
  '/api/payables/pay': ['/admin/reports/vendor-payments?state=paid', '/admin/audit'],
};

/** Markup, letters of four bytes, and words from right to left: at most 30 characters with the number that follows. */
const SHORT = [
  `<b id=foreign>𝔘🎨 עברית`,
  `"><img src=x>العربية𝔘`,
  `</title><b>x</b>🎨שלום`,
  `'"</textarea>𝔘𝔫 محمد`,
];
/** The same, at most 80 characters. */
const LONG = [
  `"'<img src=x onerror=document.title='hit'><b>x</b>𝔘🎨 עברית`,
  `</textarea></title><form id=foreign>&amp;𝔘𝔫👩‍🎨 العربية`,
];
/** The same for running text, which also keeps what is not seen in it. */
const RUNNING = [
  `Words <img src=x onerror=document.title='hit'><b>x</b> a\u200bb\u2800c\u202ed\u202c 𝔘🎨 עברית`,
  `Words </textarea></title><form id=foreign><b>x</b> 𝔘𝔫👩‍🎨\u200b العربية`,
];
/** What no line keeps: it is not seen, or turns what stands beside it. */
const UNSEEN = ['a\u200bb', 'a\u2800b', 'a\u202eb'];
/** Running text of which nothing is seen. */
const NOTHING_SEEN = '\u200b\u2800\u202e';

/** So that no two texts are one, and what is found is what was typed. */
let nth = 100;
const next = (samples: string[]): string => {
  nth += 1;
  return `${samples[nth % samples.length] ?? ''} ${nth}`;
};

type Kind = 'line' | 'running' | 'email' | 'whole' | 'amount';
type Field = { name: string; kind: Kind; most: number; value: string };
type Form = {
  /** Tells it from the other forms of its page, and is the same when the page is read again. */
  key: string;
  /** Part of the page, not of its frame. */
  ofPage: boolean;
  post: boolean;
  /** The server function that the page posts to; without JavaScript, and where there is none, the browser goes elsewhere. */
  posts: string;
  fields: Field[];
};
type Order = { key: string; texts: (string | null)[]; button: string };

/**
 * The forms that are seen and have a field for words, those that are folded in included. With an order, one of them is filled in
 * past what the browser itself would refuse, and what sends it is marked.
 */
const formsOf = (page: Page, order?: Order): Promise<Form[]> =>
  page.evaluate((order) => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('main details:has(form, input, textarea)')) {
      details.open = true;
    }
    const words = 'textarea, input:is([type=text], [type=search], [type=email], [type=tel], [type=url], [type=number], :not([type]))';
    const kindOf = (field: HTMLInputElement | HTMLTextAreaElement): 'line' | 'running' | 'email' | 'whole' | 'amount' => {
      if (field instanceof HTMLTextAreaElement) {
        return 'running';
      }
      if (field.type === 'email') {
        return 'email';
      }
      return field.inputMode === 'numeric' || field.type === 'number' ? 'whole' : field.inputMode === 'decimal' ? 'amount' : 'line';
    };
    const tell = (field: Element, type: string) => field.dispatchEvent(new Event(type, { bubbles: true }));
    document.querySelector('[data-pressed]')?.removeAttribute('data-pressed');
    return [...document.forms].flatMap((form) => {
      const fields = [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(words)].filter(
        (field) => field.name !== '' && !field.readOnly && !field.disabled && field.checkVisibility(),
      );
      if (fields.length === 0) {
        return [];
      }
      const posts = form.getAttribute('data-posts') ?? '';
      const names = fields.map((field) => field.name.replace(/\[.*/, '[]'));
      const key = [form.getAttribute('aria-label'), posts || form.getAttribute('action'), ...new Set(names)].join(' ');
      if (order?.key === key && !document.querySelector('[data-pressed]')) {
        fields.forEach((field, at) => {
          const text = order.texts[at] ?? null;
          if (text !== null) {
            const type = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
            Object.getOwnPropertyDescriptor(type.prototype, 'value')?.set?.call(field, text);
            tell(field, 'input');
          }
        });
        for (const choice of form.querySelectorAll('select')) {
          const optional = choice.labels[0]?.textContent?.includes('(optional)');
          if (form.method === 'post' && !optional && choice.value === '' && choice.options.length > 1) {
            choice.selectedIndex = 1;
            tell(choice, 'change');
          }
        }
        for (const choice of form.querySelectorAll<HTMLInputElement>('input[type=radio]:enabled')) {
          const group = [...form.querySelectorAll<HTMLInputElement>('input[type=radio]')].filter((one) => one.name === choice.name);
          if (form.method === 'post' && !group.some((one) => one.checked)) {
            choice.click();
          }
        }
        const buttons = [...form.elements].filter(
          (one): one is HTMLButtonElement =>
            one instanceof HTMLButtonElement && one.type === 'submit' && !one.matches('.sr-only') && one.checkVisibility(),
        );
        const button =
          buttons.find((one) => order.button !== '' && one.textContent?.trim() === order.button) ??
          buttons.find((one) => one.matches('.btn-primary')) ??
          buttons[0];
        // Without a button, Enter in the field sends it.
        (button ?? fields[0])?.setAttribute('data-pressed', '');
      }
      return [
        {
          key,
          ofPage: form.closest('main') !== null,
          post: form.method === 'post',
          posts,
          fields: fields.map((field) => ({
            name: field.name,
            kind: kindOf(field),
            most: field.maxLength < 0 ? Infinity : field.maxLength,
            value: field.value,
          })),
        },
      ];
    });
  }, order);

/** Elements that were typed, and a title that a script has set. */
const foreign = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const typed = [...document.querySelectorAll('#foreign, img[src=x], [onerror]')].map((element) => element.outerHTML);
    const bold = [...document.querySelectorAll('b')].filter((element) => element.textContent === 'x').map((element) => element.outerHTML);
    return [...typed, ...bold, ...(document.title === 'hit' ? ['the title'] : [])];
  });

type Told = { fields: string[]; alerts: string[]; besides: boolean };

/** Which fields are said to be wrong, in words that are seen beside them, and what else the page says went wrong. */
const told = (page: Page): Promise<Told> =>
  page.evaluate(() => {
    const seen = (part: Element | null): part is Element => part !== null && part.checkVisibility() && part.textContent?.trim() !== '';
    const wrong = [...document.querySelectorAll<HTMLInputElement>('[aria-invalid=true]')].filter(
      (field) => field.checkVisibility() && (field.getAttribute('aria-describedby') ?? '').split(' ').some((id) => seen(document.getElementById(id))),
    );
    const alerts = [...document.querySelectorAll('[role=alert]')].filter(seen);
    return {
      fields: wrong.map((field) => field.name ?? field.id),
      alerts: alerts.map((alert) => alert.textContent?.trim() ?? ''),
      besides: alerts.some((alert) => !alert.closest('main')),
    };
  });

/** Which texts are nowhere on the page, neither in its words nor in a field that is seen. */
const missing = (page: Page, texts: string[]): Promise<string[]> =>
  page.evaluate((texts) => {
    const unread = 'script, style, noscript, template, title';
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let words = '';
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      // What stands between the tags of a text area is what it began with.
      words += node.parentElement?.closest(`${unread}, textarea`) ? '' : (node.textContent ?? '');
    }
    const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input:not([type=hidden]), textarea')];
    const values = fields.map((field) => field.value);
    return texts.filter((text) => !words.includes(text) && !values.includes(text));
  }, texts);

/** Everything that is still to come has come. */
const settled = async (page: Page): Promise<void> => {
  await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
};

/** Sends the form whose button is marked, and waits for what comes of it: the status, where the page stays and asked by itself. */
async function press(page: Page, form: Form, javaScript: boolean): Promise<number | undefined> {
  const marked = page.locator('[data-pressed]');
  const isButton = await marked.evaluate((element) => element instanceof HTMLButtonElement);
  const go = (): Promise<void> => (isButton ? marked.click() : marked.press('Enter'));
  if (javaScript && form.posts !== '') {
    const answered = page.waitForResponse(
      (response) => response.request().method() === 'POST' && new URL(response.url()).pathname === form.posts,
    );
    await go();
    const answer = await answered;
    const { serverfnredirect: leads, location } = await answer.allHeaders();
    // The page has taken the answer: what it says of the one before is gone.
    await expect(page.locator('main form [aria-busy=true]')).toHaveCount(0);
    if (answer.status() < 400 && leads !== undefined && location !== undefined) {
      const { pathname } = new URL(location, page.url());
      await expect(page).toHaveURL((url) => url.pathname === pathname);
    }
    await settled(page);
    return answer.status();
  }
  const gone = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  await go();
  await gone;
  await page.waitForLoadState();
  await hydrated(page, javaScript);
  await settled(page);
  return undefined;
}

/** Addresses of a role's screens: those of the list that are its own, and those of others that it may open too. */
async function addresses(page: Page, application: World, role: Role | undefined): Promise<Map<string, Screen>> {
  const found = new Map<string, Screen>();
  const opens = async (path: string): Promise<boolean> =>
    (await page.request.get(path, { headers: { accept: 'text/html' }, maxRedirects: 0 })).status() === 200;
  const own = SCREENS.filter((screen) => screen.role === role && !(screen.route in SKIPPED));
  for (const screen of own) {
    found.set(screen.open ? await screen.open({ page, application }) : screen.route, screen);
  }
  const others = SCREENS.filter((screen) => role && screen.role && !screen.note && !(screen.route in SKIPPED));
  for (const screen of others) {
    const known = [...found.values()].some((one) => one.route === screen.route);
    if (known || !(await opens(screen.route.replace(/\/:.*/, '')))) {
      continue;
    }
    // A list that has nothing for this role has no screen of it either.
    const path = screen.open ? await screen.open({ page, application }).catch(() => undefined) : screen.route;
    if (path !== undefined && (await opens(path))) {
      found.set(path, screen);
    }
  }
  return found;
}

/** What is typed in turn: what has to be refused first, so that the form is still there for what is kept. */
type Sample = 'NUL' | 'unseen' | 'everywhere' | 'kept';

const isFree = (field: Field): boolean => field.kind === 'line' || field.kind === 'running';

function samplesFor(fields: Field[]): Sample[] {
  const free = fields.some(isFree);
  const all = fields.every(isFree);
  return ['NUL', 'unseen', ...(all ? [] : ['everywhere' as const]), ...(free ? ['kept' as const] : [])];
}

/** The text for a field; nothing where what stands there already is good. */
function textFor(field: Field, sample: Sample): string | null {
  const { kind, most, name, value } = field;
  if (sample === 'NUL') {
    return 'a\u0000b';
  }
  if (sample === 'unseen') {
    nth += 1;
    return kind === 'running' ? NOTHING_SEEN : (UNSEEN[nth % UNSEEN.length] ?? '');
  }
  if (sample === 'kept' && !isFree(field)) {
    const good: Partial<Record<Kind, string>> = { email: `typed-${(nth += 1)}@new.test`, whole: '1', amount: '5' };
    return value === '' ? (good[kind] ?? null) : null;
  }
  if (kind === 'running') {
    return next(RUNNING);
  }
  // A phone number has a length that no attribute says.
  return next(most < 80 || name === 'phone' ? SHORT : LONG);
}

/** What of it is shown as it was typed: amounts and numbers are written in their own way. */
const typedInto = (form: Form, texts: (string | null)[]): string[] =>
  form.fields.flatMap((field, at) => (field.kind === 'whole' || field.kind === 'amount' ? [] : (texts[at] ?? [])));

for (const role of new Set([...SCREENS.flatMap((screen) => screen.role ?? []), undefined])) {
  test(`what is typed as ${role ?? 'nobody'} stays words or is refused where it was typed @nojs`, async ({
    page,
    application,
    signIn,
    pageOf,
    gotoHydrated,
    javaScriptEnabled,
  }) => {
    test.setTimeout(300_000);
    const javaScript = javaScriptEnabled !== false;
    const failed: string[] = [];
    page.on('response', (response) => void (response.status() >= 500 && failed.push(`${response.status()} ${response.url()}`)));
    const note = (type: string, description: string): void => void test.info().annotations.push({ type, description });
    if (role) {
      await signIn(role);
    }
    const seen = new Set<string>();
    let kept = 0;

    // What the page says is wrong before anything is sent, such as that a payment is due.
    let standing: string[] = [];
    const open = async (path: string): Promise<void> => {
      await gotoHydrated(path);
      await settled(page);
      standing = (await told(page)).alerts;
    };
    const says = async (): Promise<Told> => {
      const { alerts, ...rest } = await told(page);
      return { ...rest, alerts: alerts.filter((alert) => !standing.includes(alert)) };
    };
    const refused = async (): Promise<boolean> => {
      const { fields, alerts } = await says();
      return fields.length + alerts.length > 0;
    };

    /** What was kept is shown as it was typed: where the form led, on its own page, or where else it belongs. */
    const expectShown = async (path: string, form: Form, texts: string[], what: string): Promise<void> => {
      let left = texts;
      const { pathname, search } = new URL(page.url());
      const places = [...new Set([pathname + search, path])];
      for (let at = 0; at < places.length && left.length > 0; at += 1) {
        // Another document: what stands on this one may only be what was typed.
        await open(places[at] ?? '');
        expect.soft(await foreign(page), `${what}: elements of ${places[at]}`).toEqual([]);
        left = await missing(page, left);
        // In a list, what was made has a page of its own.
        const own = await page
          .locator('main a')
          .evaluateAll((links, typed) => links.find((link) => typed.some((text) => link.textContent?.includes(text)))?.getAttribute('href'), texts);
        if (own && places.length < 4 && !places.includes(own)) {
          places.push(own);
        }
        // What is told on parts, each by its address.
        const tabs = await page.locator('main nav a[href*="?tab="]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
        const here = new URL(page.url()).pathname;
        places.push(...tabs.filter((tab) => left.length > 0 && tab.startsWith(`${here}?`) && !places.includes(tab)));
      }
      for (const place of left.length > 0 ? (SHOWN[form.posts] ?? []) : []) {
        const other = await pageOf('admin');
        await gotoHydrated(place, other);
        await settled(other);
        expect.soft(await foreign(other), `${what}: elements of ${place}`).toEqual([]);
        left = await missing(other, left);
        await other.close();
      }
      expect.soft(left, `${what}: is shown nowhere as it was typed`).toEqual([]);
    };

    /** Types a sample into the form that is open; whether the page is to be opened anew before the next one. */
    const attempt = async (path: string, form: Form, sample: Sample): Promise<boolean> => {
      const what = `${path}: ${form.key}, ${sample}`;
      const texts = form.fields.map((field) => textFor(field, sample));
      const typed = texts.filter((text) => text !== null);
      await formsOf(page, { key: form.key, texts, button: PRESSED[form.posts] ?? '' });
      if ((await page.locator('[data-pressed]').getAttribute('aria-disabled')) === 'true') {
        note('cannot be sent', what);
        return true;
      }
      let status = await press(page, form, javaScript);
      // CO6: the quote came later than the press.
      const confirm = page.locator('main form').getByRole('button', { name: 'Confirm', exact: true });
      if (sample === 'kept' && (status === 409 || (await confirm.isVisible()))) {
        await expect(confirm).toBeVisible();
        await page.locator('[data-pressed]').evaluateAll((all) => all.forEach((one) => one.removeAttribute('data-pressed')));
        await confirm.evaluate((button) => button.setAttribute('data-pressed', ''));
        status = await press(page, form, javaScript);
      }

      if (!form.post && sample === 'NUL') {
        await expect.soft.poll(refused, `${what}: nothing says that it cannot be looked for`).toBe(true);
      } else if (!form.post) {
        // The page that stays has what was typed in any case.
        if (javaScript) {
          await gotoHydrated(page.url());
          await settled(page);
        }
        // A list says what it looked for, or why it cannot.
        await expect.soft.poll(async () => (await refused()) || (await missing(page, typed)).length === 0, what).toBe(true);
      } else if (status !== undefined && status >= 400) {
        await expect.soft.poll(refused, `${what}: refused with ${status}, and nothing says why`).toBe(true);
      }
      const why = await says();
      expect.soft(await foreign(page), `${what}: elements`).toEqual([]);
      expect.soft(failed.splice(0), `${what}: failures of the server`).toEqual([]);
      if (!form.post) {
        return true;
      }
      // Without JavaScript the answer leads back to the page, which says why.
      const isKept = status === undefined ? why.fields.length + why.alerts.length === 0 : status < 400;
      if (isKept) {
        expect.soft(sample, `${what}: is neither refused nor could it be kept`).not.toBe('NUL');
        if (sample !== 'NUL') {
          kept += 1;
          await expectShown(path, form, typedInto(form, texts), what);
        }
        return true;
      }
      const names = form.fields.map((field) => field.name);
      if (!why.fields.some((name) => names.includes(name))) {
        note('told by an alert', `${what}: ${why.alerts.join(' / ')}`);
      }
      if (sample === 'NUL') {
        // No document could show it; every field of it is wrong, and says so.
        const silent = names.filter((name) => !why.fields.includes(name));
        expect.soft(silent, `${what}: fields that do not say that they are wrong`).toEqual([]);
      } else {
        expect.soft(await missing(page, typed), `${what}: refused, and lost`).toEqual([]);
      }
      if (sample === 'kept') {
        note('not kept', `${what}: ${[...why.fields, ...why.alerts].join(' / ')}`);
      }
      // What is said in a corner stays there.
      return why.besides;
    };

    for (const [path, screen] of await addresses(page, application, role)) {
      await open(path);
      let anew = false;
      for (const { key, ofPage, fields } of await formsOf(page)) {
        const once = ofPage ? `${screen.route} ${key}` : key;
        if (seen.has(once)) {
          continue;
        }
        seen.add(once);
        note('form', `${nameOf(screen)}: ${key}, ${fields.length} fields`);
        const find = async (): Promise<Form | undefined> => (await formsOf(page)).find((form) => form.key === key);
        for (const sample of samplesFor(fields)) {
          // What is kept begins with what stood there. A refused form is typed into where it is, else its page is opened again.
          let form = anew || sample === 'kept' ? undefined : await find();
          if (!form) {
            await open(path);
            form = await find();
          }
          if (form) {
            anew = await attempt(path, form, sample);
          } else {
            note('gone', `${path}: ${key}, before ${sample}`);
          }
        }
      }
    }
    expect(seen.size, 'forms').toBeGreaterThan(0);
    if (role) {
      expect(kept, 'forms that keep what is typed').toBeGreaterThan(0);
    }
    expect(failed).toEqual([]);
    application.checkBooks();
  });
}
