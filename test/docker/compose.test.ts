import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settings } from "../../src/config.js";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the compose file sets only Parley's settings", async () => {
  const compose = await read("docker/compose.yaml");
  const set = [...compose.matchAll(/^ {2,6}([A-Z][A-Z_]+): /gm)].map(([, key = ""]) => key);
  expect(set).toContain("DATABASE_URL");
  const known = new Set<string>(Object.values(settings).map(({ key }) => key));
  const ofImages = /^(BASE_IMAGE|POSTGRES_(USER|PASSWORD|DB|INITDB_ARGS))$/;
  expect(set.filter((key) => !known.has(key) && !ofImages.test(key))).toEqual([]);
});

test("every process of the compose file is behind the proxy, under its own name", async () => {
  const [compose, proxy] = await Promise.all([read("docker/compose.yaml"), read("docker/haproxy.cfg")]);
  const names = [...compose.matchAll(/PARLEY_NODE_NAME: (\S+)/g)].map(([, name]) => name);
  expect(names).toEqual(["one", "two"]);
  for (const name of names) expect(proxy).toContain(`server ${name} ${name}:4400`);
});

test("every container of the compose file has a memory limit and does not swap", async () => {
  const compose = await read("docker/compose.yaml");
  const [shared = "", services = ""] = compose.split(/^services:$/m);
  expect(shared).toMatch(/mem_limit: (\S+)\n {2}memswap_limit: \1\n/);
  const each =
    services
      .split(/^volumes:$/m)[0]
      ?.split(/^ {2}(?=[a-z]+:$)/m)
      .slice(1) ?? [];
  expect(each.map((service) => service.split(":")[0])).toEqual(["one", "two", "postgres", "redis", "proxy"]);
  for (const service of each)
    if (!service.includes("<<: *parley")) expect(service).toMatch(/mem_limit: (\S+)\n {4}memswap_limit: \1\n/);
});

test("every image that a file names can be named by digest instead", async () => {
  const compose = await read("docker/compose.yaml");
  for (const [line, image = ""] of compose.matchAll(/^ *image: (.*)$/gm))
    expect(image, line).toMatch(/^\$\{[A-Z_]+:-[^}]+\}$/);
  for (const path of ["docker/parley.Dockerfile", "docker/agent.Dockerfile"]) {
    const froms = [...(await read(path)).matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(froms)).toEqual(new Set(["$" + "{BASE_IMAGE}"]));
  }
});
