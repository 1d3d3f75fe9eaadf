import { existsSync, readFileSync } from "node:fs";

/** A test file as a document names it, with the titles behind it. */
export interface NamedTest {
  path: string;
  titles: readonly string[];
}

/** Each test file of a text, written `path` "title", "title". */
export function namedTests(text: string): NamedTest[] {
  return [...text.matchAll(/`([^`]+)`((?: "[^"]+",?)+)/g)].map(([, path = "", titles = ""]) => ({
    path,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
  }));
}

/** Titles, or parts of them, that the named files do not hold, as `path: title`. `root` ends without a slash or with one. */
export function missingTests(root: string, text: string): string[] {
  return namedTests(text).flatMap(({ path, titles }) => {
    const file = `${root}/${path}`;
    const source = existsSync(file) ? readFileSync(file, "utf8") : "";
    return titles.filter((title) => !source.includes(title)).map((title) => `${path}: ${title}`);
  });
}
