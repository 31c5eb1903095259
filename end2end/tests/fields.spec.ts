// What people type into any field of any form, as each role, with JavaScript and without: words on every page, or refused in
// words; never an element, never a failure of the server. The same by server function, on both databases: tests/it/text.rs.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { SCREENS } from '../screens';

test.use({ world: 'fields' });

/** Ends every place that a text could stand in, and begins an element; with letters of four bytes, and from right to left. */
const WORDS = `"'></title></textarea></script><evil-x onfocus=a>=1+1 &amp; 𝔘 👩‍🎨 محمد`;
/** What no field keeps: a sign that turns the direction, one that ends a text, and nothing that can be seen. */
const UNSEEN = ['a\u202eb', 'a\u0000b', '\u3164\u200b'];

/** Form and field names, to be told apart across readings of the page. */
type Form = { nth: number; name: string; post: boolean };

/** The forms with a field for words, hidden ones included: those of dialogs are. */
const formsOf = (page: Page): Promise<Form[]> =>
  page.evaluate(() => {
    const words = 'textarea, input:not([type=hidden], [type=password], [type=checkbox], [type=radio], [type=submit], [type=file], [type=date])';
    return [...document.forms].flatMap((form, nth) => {
      const fields = [...form.querySelectorAll<HTMLInputElement>(words)].filter((field) => field.name !== '' && !field.readOnly);
      const name = `${form.getAttribute('action')} ${fields.map((field) => field.name.replace(/\[.*/, '[]')).join(' ')}`;
      return fields.length > 0 ? [{ nth, name, post: form.method === 'post' }] : [];
    });
  });

/** Types the words into all fields of a form and sends it, past what the browser itself would refuse. */
const send = (page: Page, nth: number, words: string): Promise<void> =>
  page.evaluate(
    ([nth, words]) => {
      const form = document.forms[nth];
      if (!form) {
        return;
      }
      form.noValidate = true;
      const set = (field: HTMLInputElement | HTMLTextAreaElement) => {
        const type = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
        Object.getOwnPropertyDescriptor(type.prototype, 'value')?.set?.call(field, words);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      };
      const typed = 'textarea, input:not([type=hidden], [type=password], [type=checkbox], [type=radio], [type=submit], [type=file], [type=date])';
      form.querySelectorAll<HTMLInputElement>(typed).forEach((field) => field.name !== '' && !field.readOnly && set(field));
      for (const choice of form.querySelectorAll('select')) {
        choice.selectedIndex = Math.max(choice.selectedIndex, choice.options.length > 1 ? 1 : 0);
      }
      form.requestSubmit();
    },
    [nth, words] as const,
  );

/** Elements and attributes that were typed. */
const typedElements = (page: Page): Promise<number> => page.evaluate(() => document.querySelectorAll('evil-x, [onfocus]').length);

for (const role of new Set(SCREENS.flatMap((screen) => screen.role ?? []))) {
  test(`what is typed as ${role} stays words @nojs`, async ({ page, application, signIn, gotoHydrated, javaScriptEnabled }) => {
    test.setTimeout(300_000);
    await signIn(role);
    const failed: string[] = [];
    page.on('response', (response) => response.status() >= 500 && failed.push(`${response.status()} ${response.url()}`));
    const seen = new Set<string>();
    for (const screen of SCREENS.filter((one) => one.role === role && one.route !== '/admin/kit')) {
      const path = screen.open ? await screen.open({ page, application }) : screen.route;
      await gotoHydrated(path);
      const forms = (await formsOf(page)).filter((form) => !seen.has(form.name));
      for (const { nth, name, post } of forms) {
        seen.add(name);
        for (const words of post ? [WORDS, ...UNSEEN] : [WORDS]) {
          await gotoHydrated(path);
          if (post) {
            const answered = page.waitForResponse((response) => response.request().method() === 'POST' && !/\/api\/(page|requests\/quote)/.test(response.url()));
            await send(page, nth, words);
            const status = (await answered).status();
            expect(status, `${path}: ${name}`).toBeLessThan(500);
          } else {
            await send(page, nth, words);
            await expect(page, `${path}: ${name}`).toHaveURL(/evil-x/);
          }
          await page.waitForLoadState('load');
          expect(await typedElements(page), `${path}: ${name}`).toBe(0);
        }
      }
      // And as it stands there from now on.
      await gotoHydrated(path);
      expect(await typedElements(page), path).toBe(0);
    }
    expect(seen.size, 'forms').toBeGreaterThan(0);
    expect(failed).toEqual([]);
    if (javaScriptEnabled !== false) {
      application.checkBooks();
    }
  });
}
