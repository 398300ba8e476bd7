/** The page in a real browser: what people see, and what text from outside cannot do. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { loadProject } from "../../../cli/project.ts";
import { CLASSES, SEVERITIES } from "../../../drift/classes.ts";
import { driftPage } from "../../../drift/page/page.ts";
import type { DriftReport } from "../../../drift/report.ts";
import type { Settings } from "../../../settings.ts";
import { openBrowser } from "../../support/browser.ts";
import { finding, reportOf, stackWith } from "../tell/support.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "kai-page-"));
let browser: Browser;
let stacks: Settings[];

before(async () => {
  ({ stacks } = await loadProject(fileURLToPath(new URL("../../..", import.meta.url))));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** One finding of each class and severity, spread over the clouds. */
const findings = CLASSES.flatMap((one, row) =>
  SEVERITIES.map((severity, column) =>
    finding(row * 3 + column, {
      class: one,
      severity,
      cloud: ["github", "kubernetes", "aws", "database", "vercel", "digitalocean"][row] ?? "github",
      wanted: `wanted ${"w".repeat(300)}`,
      ...(column === 1 && { ways: { revert: "Delete it in Settings.", adopt: "Write it into the file." } }),
    }),
  ),
);
const report = reportOf(
  stackWith(findings, {
    stack: "production",
    unseen: [{ what: "deploy keys", reason: "The token is weak." }],
  }),
  stackWith([], {
    stack: "staging",
    outcome: "could-not-check",
    reason: "AWS does not answer.",
    clouds: [{ cloud: "aws", outcome: "could-not-check", reason: "No answer." }],
  }),
);

/** Which element has the keyboard, and how it shows. Scripts for the page are texts: they run in another world. */
const FOCUSED = `(() => {
  const one = document.activeElement;
  if (one === document.body) return undefined;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const order = [...document.querySelectorAll("a, input, summary, [tabindex]")];
  return { tag: one.tagName.toLowerCase(), outline: outlineStyle + " " + outlineWidth, at: order.indexOf(one) };
})()`;

interface Look {
  page: Page;
  /** What the page asked the network for, beyond its own file. */
  asked: string[];
  /** What the browser complained about. */
  complaints: string[];
}

async function look(shown: DriftReport, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Look> {
  const file = join(folder, "drift.html");
  writeFileSync(file, driftPage(shown, stacks));
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  await page.context().setOffline(true);
  const [asked, complaints]: [string[], string[]] = [[], []];
  const own = pathToFileURL(file).href;
  page.on("request", (request) => request.url() !== own && asked.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return { page, asked, complaints };
}

describe("the page", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280]) {
      it(`can be read by everybody, ${colorScheme}, ${width} pixels wide, without a network`, async () => {
        const { page, asked, complaints } = await look(report, {
          colorScheme,
          viewport: { width, height: 800 },
          bypassCSP: true,
        });
        const sizes = await page.evaluate<number[]>(
          "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
        );
        assert.ok(Number(sizes[0]) <= Number(sizes[1]), `it is ${sizes[0]} pixels wide`);
        const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        assert.equal(back, colorScheme === "dark" ? "rgb(17, 21, 26)" : "rgb(255, 255, 255)");
        for (const details of await page.locator("details").all())
          await details.evaluate((one) => one.setAttribute("open", ""));
        await page.evaluate(AXE);
        const { violations } = await page.evaluate<{ violations: object[] }>("axe.run()");
        assert.deepEqual(violations, []);
        assert.deepEqual([asked, complaints], [[], []]);
      });
    }
  }

  it("marks each cloud of the picture with what was found, and leads there", async () => {
    const { page } = await look(report);
    const picture = page.locator("svg").first();
    const boxes = await picture.locator("a").all();
    assert.equal(boxes.length, 6);
    for (const box of boxes) {
      assert.match(String(await box.getAttribute("aria-label")), /^\w+ .* 3 found, the worst high$/);
      const id = String(await box.getAttribute("href")).slice(1);
      await box.click();
      const title = page.locator(`[id="${id}"]`);
      assert.equal(await page.evaluate("location.hash"), `#${id}`);
      assert.ok((await box.getAttribute("aria-label"))?.startsWith(String(await title.textContent())));
    }
    assert.equal(await page.locator("svg").nth(1).locator("a").count(), 0);
    assert.match(String(await page.locator("#stack-1").textContent()), /staging: could not check/);
    assert.ok(await page.getByText("AWS does not answer.").isVisible());
    assert.ok(await page.getByText("deploy keys: The token is weak.").isVisible());
    assert.ok(await page.getByText("AWS: No answer.").isVisible());
  });

  it("is filtered by severity and by class, without a script", async () => {
    const { page } = await look(report, { javaScriptEnabled: false });
    const visible = () => page.locator("details:visible").count();
    assert.equal(await visible(), 18);
    await page.getByLabel("low (6)").uncheck();
    assert.equal(await visible(), 12);
    await page.getByLabel("secrets (3)").uncheck();
    assert.equal(await visible(), 10);
    await page.getByLabel("low (6)").check();
    assert.equal(await visible(), 15);
  });

  it("is walked through by keyboard: each stop is seen, in the order of the page", async () => {
    const { page } = await look(report);
    const stops: string[] = [];
    let before = -1;
    for (;;) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate<{ tag: string; outline: string; at: number } | undefined>(FOCUSED);
      if (!stop || stop.at <= before) break;
      before = stop.at;
      stops.push(stop.tag);
      assert.equal(stop.outline, "solid 3px", stop.tag);
    }
    assert.deepEqual(stops, [
      "a",
      ...Array(9).fill("input"),
      ...Array(6).fill("a"),
      ...Array(18).fill("summary"),
    ]);
    // The skip link appears, and leads past the header; a finding opens and closes by its key.
    const { page: again } = await look(report);
    await again.keyboard.press("Tab");
    assert.ok(Number((await again.locator(".skip").boundingBox())?.x) >= 0);
    await again.keyboard.press("Enter");
    assert.equal(await again.evaluate("document.activeElement?.id"), "found");
    const closed = again.locator("details.medium").first();
    await closed.locator("summary").focus();
    await again.keyboard.press("Enter");
    assert.ok(await closed.getByText("Delete it in Settings.").isVisible());
  });

  it("shows text from outside as text, whatever it says, in every field", async () => {
    const hostile = (where: string) =>
      `${where}"'><script>alert(1)</script><img src=x onerror=alert(2)></style></title><svg onload=alert(3)>\u202e&lt;`;
    const names = ["name", "property", "item", "type", "id", "cloud", "urn", "why"] as const;
    const bad = finding(1, {
      ...Object.fromEntries(names.map((name) => [name, hostile(name)])),
      wanted: { [hostile("key")]: hostile("wanted") },
      found: hostile("found"),
      replaces: true,
      ways: { revert: hostile("revert"), adopt: hostile("adopt") },
    });
    const shown = reportOf(
      stackWith(
        [bad, finding(2, { cloud: hostile("cloud"), wanted: `a\n${hostile("lines")}`, found: "b\nc" })],
        {
          stack: hostile("stack"),
          outcome: "could-not-check",
          reason: hostile("reason"),
          revert: hostile("way"),
          unseen: [{ what: hostile("what"), reason: hostile("because") }],
        },
      ),
      stackWith([finding(3, { cloud: hostile("drawn") })], { stack: "staging" }),
    );
    // Even without the policy that the page brings along, nothing may run.
    for (const bypassCSP of [false, true]) {
      const { page, asked, complaints } = await look(shown, { bypassCSP });
      assert.deepEqual([asked, complaints], [[], []]);
      assert.equal(await page.locator("script, img, svg svg, [onload], [onerror]").count(), 0);
      const text = await page.evaluate<string>("document.documentElement.textContent");
      const seen = [
        ...names.filter((name) => name !== "urn"),
        "key",
        "wanted",
        "found",
        "revert",
        "adopt",
        "lines",
      ];
      for (const name of [...seen, "stack", "reason", "way", "what", "because", "drawn"])
        assert.ok(text.includes(`${name}"'><script>`) || text.includes(`${name}\\"'><script>`), name);
      assert.ok(!text.includes("\u202e"));
    }
  });

  it("would be stopped by its own policy if something got in", async () => {
    const file = join(folder, "pierced.html");
    const pierced = driftPage(report, stacks).replace(
      "</main>",
      '<script>document.title = "run"</script><style>body { display: none }</style><img src="https://example.com/x"></main>',
    );
    writeFileSync(file, pierced);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    assert.match(await page.title(), /^Drift/);
    assert.equal(await page.evaluate("getComputedStyle(document.body).display"), "block");
    assert.equal(complaints.filter((text) => /Content Security Policy/.test(text)).length, 3);
  });

  it("of a stack that no configuration describes has no picture, and everything else", async () => {
    const { page } = await look(reportOf(stackWith([finding(1)], { stack: "gone" })));
    assert.equal(await page.locator("svg").count(), 0);
    assert.equal(await page.locator("details").count(), 1);
  });
});
