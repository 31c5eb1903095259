import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import type { Options } from './fixtures';
import { DEBUG_BUILD } from './world';

// Debian's Chromium, or the one that CHROMIUM_PATH names; without either, Playwright's own.
const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

export default defineConfig<Options>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: 'report/artifacts',
  globalSetup: './global-setup.ts',
  forbidOnly: !!process.env.CI,
  // A test that is green only at its second try is a defect. Where nobody watches it is tried again for the sake of its
  // trace, and told as flaky.
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  timeout: DEBUG_BUILD ? 240_000 : 60_000,
  expect: { timeout: DEBUG_BUILD ? 30_000 : 10_000 },
  reporter: [['list'], ['html', { open: 'never', outputFolder: 'report/html' }]],
  use: {
    locale: 'en-US',
    timezoneId: 'America/Chicago',
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: 'reduce' },
    trace: process.env.CI ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    // Everything, with JavaScript.
    { name: 'chromium', grepInvert: /@only-nojs/ },
    // What must work without: tests tagged @nojs (both) or @only-nojs.
    { name: 'chromium-nojs', grep: /@nojs|@only-nojs/, use: { javaScriptEnabled: false } },
    // Not tests: pictures of every screen, and those of the README, by `make screenshots`.
    ...(process.env.PICTURES ? [{ name: 'pictures', testMatch: '**/pictures.ts' }] : []),
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testMatch: '**/screenshots.ts' }] : []),
  ],
});
