import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { files } from "../../src/main/package-files.js";
import { loadRoles } from "../../src/runtime/roles/roles.js";
import { createApi } from "./support/api.js";

const skills = join(fileURLToPath(new URL("../..", import.meta.url)), "skills");

test("lists every role with its tools, and none of their texts", async () => {
  const catalogue = await loadRoles([skills], files);
  const api = await createApi({ catalogue });
  const { status, json } = await api.call("GET", "/api/roles");
  expect(status).toBe(200);
  expect(json.roles.map(({ name }: { name: string }) => name)).toEqual([...catalogue.roles.keys()]);
  const coder = json.roles.find(({ name }: { name: string }) => name === "coder");
  expect(coder).toMatchObject({ aliases: ["developer", "engineer"], hasDemo: true, gate: "never" });
  expect(coder.tools.allow).toContain("Bash");
  for (const role of json.roles) expect(Object.keys(role)).not.toContain("guidance");
});

test("lists nothing where there are no roles, and refuses a query", async () => {
  const api = await createApi();
  expect((await api.call("GET", "/api/roles")).json).toEqual({ roles: [] });
  expect((await api.call("GET", "/api/roles?a=1")).status).toBe(422);
});
