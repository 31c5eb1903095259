// Lighthouse, as a phone with its usual throttling, on the sign-in page and on a client's dashboard: the median of five. The
// release server in MP_APP's folder on a seeded demo of its own. Said by `benches/run lighthouse`, which installs the tool.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';

const [folder] = process.argv.slice(2);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const lighthouse = (await import(createRequire(join(process.cwd(), 'target/tools/')).resolve('lighthouse'))).default;

/** A port that nobody listens at. */
const free = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const [port, debugging] = [await free(), await free()];
const base = `http://127.0.0.1:${port}`;
const env = { ...process.env, LEPTOS_SITE_ADDR: `127.0.0.1:${port}`, BASE_URL: base, NODE_OPTIONS: '' };
delete env.DATABASE_URL;
const app = spawn(join(process.env.MP_APP, 'monthly-packs'), ['serve'], { cwd: folder, env, stdio: 'ignore' });
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const executablePath = process.env.CHROMIUM_PATH || '/usr/bin/chromium';
let browser;
try {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${base}/healthz`).catch(() => undefined);
    if (answer?.ok) break;
    if (tries > 300) throw new Error('the server does not answer');
    await new Promise((later) => setTimeout(later, 100));
  }
  browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [`--remote-debugging-port=${debugging}`, '--no-sandbox'],
  });
  const page = await browser.newPage();
  console.log('| page, median (lowest) of ' + ROUNDS + ' | performance | accessibility | largest paint | blocked |');
  console.log('|---|--:|--:|--:|--:|');
  const measure = async (path) => {
    const found = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { lhr } = await lighthouse(base + path, {
        port: debugging,
        logLevel: 'error',
        onlyCategories: ['performance', 'accessibility'],
        disableStorageReset: true,
      });
      if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} leads to ${lhr.finalDisplayedUrl}`);
      found.push(lhr);
    }
    const score = (name) => found.map((one) => Math.round(one.categories[name].score * 100));
    const figure = (name) => Math.round(median(found.map((one) => one.audits[name].numericValue)));
    const both = (name) => `${median(score(name))} (${Math.min(...score(name))})`;
    console.log(
      `| \`${path}\` | ${both('performance')} | ${both('accessibility')} | ${figure('largest-contentful-paint')} ms | ${figure('total-blocking-time')} ms |`,
    );
  };
  await measure('/login');
  await page.goto(`${base}/login`);
  await page.getByLabel('Email', { exact: true }).fill('payg@demo.test');
  await page.getByLabel('Password', { exact: true }).fill('monthly-packs-demo');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/dashboard/);
  await page.close();
  await measure('/dashboard');
} finally {
  await browser?.close();
  app.kill();
  rmSync(profile, { recursive: true, force: true });
}
