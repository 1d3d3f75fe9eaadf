import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settings } from "../../src/config.js";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the compose file sets only Parley's settings", async () => {
  const compose = await read("docker/compose.yaml");
  const set = [...compose.matchAll(/^ {2,6}([A-Z][A-Z_]+): /gm)].map(([, key = ""]) => key);
  expect(set).toContain("DURABLE_STREAMS_URL");
  const known = new Set<string>(Object.values(settings).map(({ key }) => key));
  expect(set.filter((key) => !known.has(key) && key !== "BASE_IMAGE")).toEqual([]);
});

test("every process of the compose file is behind the proxy, under its own name", async () => {
  const [compose, proxy] = await Promise.all([read("docker/compose.yaml"), read("docker/haproxy.cfg")]);
  const names = [...compose.matchAll(/PARLEY_NODE_NAME: (\S+)/g)].map(([, name]) => name);
  expect(names).toEqual(["one", "two"]);
  for (const name of names) expect(proxy).toContain(`server ${name} ${name}:4400`);
});
