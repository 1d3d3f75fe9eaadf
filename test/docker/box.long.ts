import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDockerSandboxes } from "../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { Sandbox, Sandboxes } from "../../src/ports/sandboxes.js";
import { newInstallationId } from "../support/docker-installation.js";
import { BOX_IMAGE, hasBoxImage } from "./box-image.js";

const timeout = 300_000;
/** `npm run box` makes the image and runs this file. */
const hasImage = await hasBoxImage();

const go = `mkdir -p sum && cd sum
cat > go.mod <<'EOF'
module sum
go 1.19
EOF
cat > sum_test.go <<'EOF'
package sum
import ("os"; "testing")
func TestSum(t *testing.T) {
	if 1+1 != 2 { t.Fatal("wrong") }
	if os.WriteFile(t.TempDir()+"/kept", []byte("x"), 0o600) != nil { t.Fatal("no temporary folder") }
}
EOF

go test -count=1 ./...`;

const rust = `cargo init --lib --name sum --vcs none sum-rs && cd sum-rs
cat > src/lib.rs <<'EOF'
/// Adds.
/// \`\`\`
/// assert_eq!(sum::add(1, 1), 2);
/// \`\`\`
pub fn add(a: u32, b: u32) -> u32 { a + b }
#[test]
fn adds() { assert_eq!(add(1, 1), 2); }
EOF
cargo test --offline`;

const addon = `mkdir -p addon && cd addon
cat > package.json <<'EOF'
{"name":"addon","version":"1.0.0","scripts":{"install":"node /usr/local/lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js rebuild --nodedir=/usr/local","test":"node --test"}}
EOF
cat > binding.gyp <<'EOF'
{"targets":[{"target_name":"addon","sources":["addon.c"]}]}
EOF
cat > addon.c <<'EOF'
#include <node_api.h>
static napi_value Two(napi_env env, napi_callback_info info) { napi_value two; napi_create_int32(env, 2, &two); return two; }
NAPI_MODULE_INIT() { napi_value f; napi_create_function(env, "two", NAPI_AUTO_LENGTH, Two, NULL, &f); return f; }
EOF
cat > addon.test.js <<'EOF'
const { test } = require("node:test");
const assert = require("node:assert");
test("two", () => assert.equal(require("./build/Release/addon.node")(), 2));
EOF
npm install --offline --no-audit --no-fund && npm test`;

describe.skipIf(!hasImage)(`an agent's sandbox with compilers (image ${BOX_IMAGE})`, () => {
  let sandboxes: Sandboxes;
  let sandbox: Sandbox;

  beforeAll(async () => {
    const parts = { clock: createSystemClock(), logger: createMemoryLogger() };
    sandboxes = createDockerSandboxes({ installationId: newInstallationId(), image: BOX_IMAGE, ...parts });
    const limits = { memoryMb: 2_048, cpus: 2, pids: 256 };
    const command = ["sh", "-c", 'mkdir -p "$TMPDIR"; read -r line'];
    sandbox = await sandboxes.start({ id: "box", labels: {}, command, env: {}, limits });
  }, timeout);
  afterAll(async () => {
    await sandboxes?.remove("box", { volumes: true });
    await sandboxes?.close();
  }, timeout);

  test.each([
    ["go test", go, /^ok\s+sum\b/m],
    ["cargo test, its doctests too", rust, /src\/lib\.rs - add \(line 2\) \.\.\. ok/],
    ["npm test with a native addon", addon, /# pass 1/],
  ])("runs %s without a network", { timeout }, async (_, script, passed) => {
    const { code, output } = (await sandbox.exec?.(["bash", "-ec", script])) ?? { code: -1, output: "no exec" };
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(passed) });
  });

  test("has no network and no temporary folder that may execute but its own", { timeout }, async () => {
    const script = `! getent hosts deb.debian.org && cp /bin/true /tmp/t && ! /tmp/t && cp /bin/true "$TMPDIR/t" && "$TMPDIR/t"`;
    const { code } = (await sandbox.exec?.(["bash", "-c", script])) ?? { code: -1 };
    expect(code).toBe(0);
  });
});
