import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { isFleet, parseConfig, settings } from "../../src/config.js";

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

interface Service {
  command?: unknown;
  environment: Record<string, string>;
  healthcheck: { test: string[] };
}

/** As Compose fills variables in that nobody has set, but for those it asks for. */
const filledIn = (value: string): string =>
  value.replace(/\$\{[A-Z_]+(?::-([^}]*)|:\?[^}]*)?\}/g, (_, preset?: string) => preset ?? "0123456789abcdef");

test("each Parley process of the compose file has settings that it starts with, as one of a fleet", async () => {
  const { services } = parse(await read("docker/compose.yaml"), { merge: true }) as {
    services: Record<string, Service>;
  };
  const environments = ["one", "two"].map((name) => {
    const { environment = {} } = services[name] ?? {};
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filledIn(value)]));
    const parsed = parseConfig(env);
    if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
    expect(isFleet(parsed.config)).toBe(true);
    expect(parsed.config.redisUrl).toContain("@redis:6379");
    expect(parsed.config.databaseUrl).toContain("@postgres:5432/parley");
    expect(services[name]?.healthcheck.test.at(-1)).toContain(`127.0.0.1:${parsed.config.port}/api/health`);
    return env;
  });
  const differing = Object.keys(environments[0] ?? {}).filter(
    (key) => environments[0]?.[key] !== environments[1]?.[key],
  );
  expect(differing).toEqual(["PARLEY_NODE_NAME", "PARLEY_DATA_DIR"]);
  expect(Object.keys(environments[1] ?? {})).toEqual(Object.keys(environments[0] ?? {}));
});

test("the image starts Parley as `npm start` does, and the compose file starts nothing else", async () => {
  const [compose, image, packageJson] = await Promise.all(
    ["docker/compose.yaml", "docker/parley.Dockerfile", "package.json"].map(read),
  );
  const { scripts, bin } = JSON.parse(packageJson ?? "") as { scripts: { start: string }; bin: { parley: string } };
  const command = JSON.parse(/^CMD (\[.*\])$/m.exec(image ?? "")?.[1] ?? "[]") as string[];
  expect(command.join(" ")).toBe(scripts.start);
  expect(command).toContain(bin.parley);
  const { services } = parse(compose ?? "", { merge: true }) as { services: Record<string, Service> };
  for (const name of ["one", "two"]) expect(services[name]?.command, name).toBeUndefined();
});
