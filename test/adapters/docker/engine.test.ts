import { expect, test } from "vitest";
import { judge } from "../../../adapters/docker/engine.js";

const well = {
  engine: "28.2.2",
  api: "1.50",
  runc: "1.3.4",
  info: { OSType: "linux", SwapLimit: true },
  image: "parley-agent:1",
  imageId: "sha256:1",
  canMakeImage: false,
};

test.each<[string, Partial<typeof well> | { imageId: undefined; canMakeImage?: boolean }, boolean, RegExp]>([
  ["all is well", {}, true, /^Docker 28\.2\.2, API 1\.50, runc 1\.3\.4$/],
  ["a runc with known holes", { runc: "1.1.5+ds1" }, true, /runc is older than 1\.2\.8/],
  ["the first runc without", { runc: "1.2.8" }, true, /runc 1\.2\.8$/],
  ["an old engine", { api: "1.40" }, false, /update to Docker 20\.10/],
  ["another system", { info: { OSType: "windows", SwapLimit: true } }, false, /need Linux/],
  ["no limit for swap", { info: { OSType: "linux", SwapLimit: false } }, true, /swap cannot be limited/],
  ["no image", { imageId: undefined }, false, /parley-agent:1 is not there.*parley image build/],
  ["an image to come", { imageId: undefined, canMakeImage: true }, true, /built when the first agent starts/],
])("the engine's health: %s", (_name, facts, ok, detail) => {
  const health = judge({ ...well, ...facts });
  expect(health.ok).toBe(ok);
  expect(health.detail).toMatch(detail);
});
