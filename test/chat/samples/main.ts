import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, readCommand } from "../../support/command-options.js";
import { launchBrowser } from "../../web/support/browser.js";
import { type DrawnSample, drawRaw, drawSample, type Sample, samples } from "./samples.js";

/**
 * Takes pictures of agents' Markdown as the emulated platforms draw it: `npx tsx test/chat/samples/main.ts [folder] [--pairs]`, by default
 * sheets of twelve in `node_modules/.cache/parley-samples`; `--pairs` takes the ten pairs of `images/`.
 */
const sheetSize = 12;
/** Samples of the pairs, by name. */
const paired = [
  "heading levels",
  "HTML in a fence",
  "fence in a nested item",
  "task list nested and numbered",
  "alert with code",
  "aligned table",
  "table with wide letters",
  "rules of stars and underscores",
  "spoiler bars",
  "test report",
];

const page = fileURLToPath(new URL("../../emulators/", import.meta.url));
const css = async (platform: string) =>
  (await Promise.all(["page.css", "message.css"].map((file) => readFile(join(page, platform, "page", file), "utf8"))))
    .join("\n")
    .replace(/(?:^|\n)(?:html|body|:root,\s*body)\b[^{]*\{[^}]*\}/g, "");

const columns = (drawn: DrawnSample): string =>
  (["slack", "discord"] as const)
    .map(
      (platform) =>
        `<div class="${platform}"><div class="message"><div class="content"><div class="body text">${drawn[platform]}</div></div></div></div>`,
    )
    .join("");

const escaped = (text: string): string => text.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);

const card = ({ number, name, text }: Sample): string =>
  `<section><h6>${number} ${escaped(name)}</h6><div class="row">${columns(drawSample(text))}</div></section>`;

const pair = ({ name, text }: Sample): string =>
  `<section><h6>${escaped(name)}: sent as it stands (Slack, Discord)</h6><div class="row">${columns(drawRaw(text))}</div>` +
  `<h6>by Parley (Slack, Discord)</h6><div class="row">${columns(drawSample(text))}</div></section>`;

async function htmlOf(sections: readonly string[], wide: number): Promise<string> {
  const [slack, discord] = await Promise.all(["slack", "discord"].map(css));
  return `<!doctype html><meta charset="utf-8"><style>
    .slack { ${slack} } .discord { ${discord} }
    body { margin: 6px; font: 14px/1.4 sans-serif; background: #fff; color: #1d1c1d; display: grid; grid-template-columns: repeat(${wide}, 1fr); gap: 6px; align-items: start }
    section { border: 1px solid #bbb; overflow: hidden } h6 { margin: 0; padding: 2px 4px; background: #eee; font: bold 12px sans-serif }
    .row { display: grid; grid-template-columns: 1fr 1fr } .row > div { padding: 4px; overflow: hidden; min-width: 0 } .discord { background: #f2f3f5 }
    .message { display: block !important; padding: 0 !important; margin: 0 !important; border: 0 !important } ul, ol { margin: 0; padding-left: 22px }
  </style><body>${sections.join("")}</body>`;
}

const { values, words } = readCommand({
  command: "npx tsx test/chat/samples/main.ts",
  options: { pairs: flag },
  words: { shown: "folder", atMost: 1 },
});
const isPairs = values.pairs;
const folder =
  words[0] ??
  fileURLToPath(new URL(isPairs ? "images" : "../../../node_modules/.cache/parley-samples", import.meta.url));
await mkdir(folder, { recursive: true });
const browser = await launchBrowser();
const width = isPairs ? 640 : 1_800;
const tab = await browser.newPage({ viewport: { width, height: 200 }, colorScheme: "light" });
const take = async (name: string, sections: readonly string[]): Promise<void> => {
  await tab.setContent(await htmlOf(sections, isPairs ? 1 : 3));
  await tab.screenshot({ path: join(folder, name), fullPage: true });
};
if (isPairs) {
  for (const sample of samples.filter(({ name }) => paired.includes(name)))
    await take(`${sample.name.toLowerCase().replace(/\W+/g, "-")}.png`, [pair(sample)]);
} else {
  for (let at = 0; at < samples.length; at += sheetSize)
    await take(`sheet-${at / sheetSize + 1}.png`, samples.slice(at, at + sheetSize).map(card));
}
await browser.close();
console.log(`${samples.length} samples: ${folder}`);
