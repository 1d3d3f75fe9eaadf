import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isModule, listSources } from "./support/imports.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Names used in more than one file. The list only shrinks: a new name gets a meaning of its own. */
const repeated = `
  People Posts Received Session callKinds calling createAnswers createPeople createPosts createSession downloadFile
  fieldId formatPost gateCard leadingMention limits parseMessage platform rootCard safeMarkdown toChatError usernameOf
`;

const exported = /^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm;

function repeatedIn(files: readonly { path: string; text: string }[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const [, name = ""] of text.matchAll(exported)) places.set(name, (places.get(name) ?? new Set()).add(path));
  }
  return [...places].flatMap(([name, paths]) => (paths.size > 1 ? [name] : [])).sort();
}

test("an exported name means one thing, but for a list that only shrinks", () => {
  const files = listSources(root, ["src", "adapters"]).filter(({ path }) => isModule(path));
  expect(files.length).toBeGreaterThan(400);
  expect(repeatedIn(files)).toEqual(repeated.trim().split(/\s+/).sort());
});

test("a name that is exported twice is found, overloads and names inside a file are not", () => {
  const twice = {
    path: "src/a.ts",
    text: "export interface Head {}\nexport function f(a: string): void;\nexport function f(a: number): void;",
  };
  const again = { path: "src/b.ts", text: "export type Head = 1;\nfunction f() {}" };
  expect(repeatedIn([twice, again])).toEqual(["Head"]);
});
