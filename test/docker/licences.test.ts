import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { licenceReport, productionPackages } from "../../docker/list-licences.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Licences that ask for nothing but a notice. Another one is a decision, which is made here. */
const known = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Unlicense"];
/** Packages with an install script. None has to run: their native parts come prebuilt. */
const withInstallScript = ["cpu-features", "lmdb", "msgpackr-extract", "protobufjs", "ssh2"];

test("every package in production has a licence that asks for nothing but a notice", async () => {
  const packages = await productionPackages(root);
  expect(packages.length).toBeGreaterThan(50);
  const others = packages.filter(({ licence }) => !known.includes(licence)).map(({ name }) => name);
  expect([...new Set(others)]).toEqual([]);
});

test("no package in production has an install script that is not known", async () => {
  const scripts = (await productionPackages(root)).filter(({ hasInstallScript }) => hasInstallScript);
  expect([...new Set(scripts.map(({ name }) => name))]).toEqual(withInstallScript);
});

test("the list names each package with its version under its licence, and the scripts at its end", () => {
  const report = licenceReport([
    { name: "a", version: "1.0.0", licence: "MIT", hasInstallScript: false },
    { name: "b", version: "2.0.0", licence: "ISC", hasInstallScript: true },
    { name: "c", version: "3.0.0", licence: "MIT", hasInstallScript: false },
  ]);
  expect(report).toMatch(/^3 packages in production\n\nMIT \(2\)\n {2}a@1\.0\.0\n {2}c@3\.0\.0\n/);
  expect(report).toMatch(/Install scripts \(1;.*\)\n {2}b@2\.0\.0\n$/);
});

test("npm run licences prints it", async () => {
  const { stdout } = await promisify(execFile)("npm", ["run", "-s", "licences"], { cwd: root });
  expect(stdout).toContain("packages in production");
  expect(stdout).toContain("  lmdb@");
}, 60_000);
