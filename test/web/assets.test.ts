import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWebAssets, createWebPage, type WebAssets } from "../../adapters/web/assets.js";
import { buildWeb } from "../../adapters/web/build.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the built page", () => {
  let dir: string;
  let assets: WebAssets;
  let paths: string[];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "parley-assets-"));
    paths = Object.keys((await buildWeb({ root, outDir: dir })).assets);
    assets = await createWebAssets({ dir });
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  /** Scripts that run before the first paint: the page's own and its imports. */
  function importedFirst(): string[] {
    const first = new Set(paths.filter((path) => path.startsWith("/assets/main-")));
    for (const path of first)
      for (const [, name] of textOf(path).matchAll(/(?:from|import)"\.\/([^"]+)"/g)) first.add(`/assets/${name}`);
    return [...first];
  }
  const textOf = (path: string) => Buffer.from(assets.get(path)?.body ?? []).toString("utf8");

  test("is the same for the start and every room, and nothing else is", () => {
    expect(textOf("/")).toContain('<div id="app">');
    expect(assets.get("/r/k3v9x0q2m1")).toBe(assets.get("/"));
    for (const path of [
      "/index.html",
      "/r/",
      "/r/a/b",
      "/assets/",
      "/assets/../index.html",
      "/manifest.json",
      "/api/x",
    ])
      expect(assets.get(path), path).toBeUndefined();
  });

  test("names assets by their content and keeps them for ever, itself never", () => {
    const page = textOf("/");
    for (const path of paths) expect(path).toMatch(/^\/assets\/[a-z]+-[A-Z0-9]{8}\.(js|css|svg)$/);
    const named = paths.filter((path) => page.includes(path));
    const preloaded = [...page.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path]) => path);
    expect(named).toHaveLength(3 + preloaded.length);
    expect(preloaded.toSorted()).toEqual(
      importedFirst()
        .filter((path) => !path.includes("/main-"))
        .toSorted(),
    );
    expect(paths.map((path) => assets.get(path)?.immutable)).toEqual(paths.map(() => true));
    expect(assets.get("/")?.immutable).toBe(false);
  });

  test("has no inline script or style, names no other host and uses no eval", () => {
    const page = textOf("/");
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=/i);
    for (const path of ["/", ...paths.filter((path) => !path.endsWith(".svg"))]) {
      const hosts = [...textOf(path).matchAll(/\bhttps?:\/\/[a-z0-9][^\s"'`)\\]*/gi)].map(([found]) => found);
      // Names of standards, and pages that libraries would name in a warning; the policy lets nothing go there.
      const isName = /^http:\/\/www\.w3\.org\/|^https:\/\/github\.com\/(?:highlightjs|markedjs)\//;
      expect(hosts.filter((found) => !isName.test(found))).toEqual([]);
      expect(textOf(path)).not.toMatch(/\beval\(|new Function\(/);
    }
  });

  test("never writes HTML from its source", async () => {
    const client = join(root, "adapters/web/client");
    const names = (await readdir(client, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
    expect(names).toContain(join("views", "markdown-view.tsx"));
    for (const name of names) {
      const source = await readFile(join(client, name), "utf8");
      expect(source, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser/i);
    }
  });

  test("loads less than 90 KiB of script and 12 KiB of style first, compressed; the rest when it is needed", () => {
    const first = new Set([...importedFirst(), ...paths.filter((path) => textOf("/").includes(path))]);
    const bytes = (ending: string, among: Iterable<string>) =>
      [...among]
        .filter((path) => path.endsWith(ending))
        .reduce((sum, path) => sum + gzipSync(assets.get(path)?.body ?? "").byteLength, 0);
    expect(bytes(".js", first)).toBeLessThan(90 * 1_024);
    expect(bytes(".css", first)).toBeLessThan(12 * 1_024);
    expect(bytes(".js", paths)).toBeGreaterThan(bytes(".js", first) + 50 * 1_024);
  });

  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["identity", null],
  ])("is compressed for clients that accept %s: %s", async (accepted, encoding) => {
    const page = createWebPage(assets);
    const path = paths.find((name) => name.startsWith("/assets/main-"));
    const answer = await page(new Request(`http://parley.test${path}`, { headers: { "Accept-Encoding": accepted } }));
    const sent = Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer());
    expect(answer?.headers.get("content-encoding")).toBe(encoding);
    expect(answer?.headers.get("vary")).toBe("Accept-Encoding");
    expect(answer?.headers.get("content-length")).toBe(String(sent.byteLength));
    const read = encoding === "br" ? brotliDecompressSync(sent) : encoding === "gzip" ? gunzipSync(sent) : sent;
    expect(read.equals(Buffer.from(assets.get(path ?? "")?.body ?? []))).toBe(true);
    if (encoding !== null) expect(sent.byteLength).toBeLessThan(read.byteLength / 2);
  });

  test("is served with a strict policy; other paths are left to others", async () => {
    const page = createWebPage(assets);
    const answer = await page(new Request("http://parley.test/r/k3v9x0q2m1?x=1"));
    expect(answer?.headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(answer?.headers.get("cache-control")).toBe("no-cache");
    expect(answer?.headers.get("link")).toBe(
      "</api/rooms/k3v9x0q2m1>; rel=preload; as=fetch; crossorigin, </api/rooms/k3v9x0q2m1/messages>; rel=preload; as=fetch; crossorigin",
    );
    expect((await page(new Request("http://parley.test/")))?.headers.get("link")).toBeNull();
    const script = paths.find((path) => path.endsWith(".js"));
    const head = await page(new Request(`http://parley.test${script}`, { method: "HEAD" }));
    expect(head?.headers.get("cache-control")).toContain("immutable");
    expect(await head?.text()).toBe("");
    expect(await page(new Request("http://parley.test/favicon.ico"))).toBeUndefined();
  });
});
