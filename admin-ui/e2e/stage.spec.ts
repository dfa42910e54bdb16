import { expect } from 'vitest';
import { axe, test } from './stage';

test('the tools of these tests see what is wrong', async ({ stage }) => {
  const page = await stage.person();
  await page.setContent('<html lang="it"><title>x</title><img src="data:,"><p style="color:#999;background:#aaa">grigio</p>');
  const found = (await axe(page)).map((each) => each.split(':')[0]);
  expect(found).toEqual(expect.arrayContaining(['image-alt', 'color-contrast']));

  await page.evaluate(() => console.error('broken on purpose'));
  await page.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error('thrown on purpose');
      }),
  );
  await expect.poll(() => stage.errors.length).toBe(2);
  stage.allow(/on purpose/);
});
