import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createLineLimit } from "../../../adapters/kit/line-limit.js";
import { createOutputPace } from "../../../adapters/kit/output-pace.js";
import { createManualClock } from "../../../adapters/memory/clock.js";

const mebibyte = 1_024 * 1_024;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a sandbox is read at once up to its burst, then at its rate", async () => {
  const clock = createManualClock(0);
  const pace = createOutputPace({ clock })();
  for (let count = 0; count < 8; count++) expect(pace(mebibyte)).toBeUndefined();
  let isFree = false;
  pace(mebibyte)?.then(() => {
    isFree = true;
  });
  clock.advance(1_999);
  await turn();
  expect(isFree).toBe(false);
  clock.advance(1);
  await turn();
  expect(isFree).toBe(true);
});

test("sandboxes that write much wait for each other; one that writes little does not", async () => {
  const clock = createManualClock(0);
  const newPace = createOutputPace({ clock });
  const loud = Array.from({ length: 20 }, newPace);
  const quiet = newPace();
  const waits = loud.map((pace) => pace(2 * mebibyte)).filter((wait) => wait !== undefined);
  expect(waits).toHaveLength(16);
  expect(quiet(4_096)).toBeUndefined();
});

test("a line limit with a pace takes nothing more meanwhile, and loses nothing", async () => {
  const clock = createManualClock(0);
  const pace = createOutputPace({ clock, sandbox: { burst: 100_000, perSecond: 100_000 } })();
  const chunks = Array.from({ length: 100 }, () => Buffer.from(`${"x".repeat(9_999)}\n`));
  let read = 0;
  const source = Readable.from(
    (function* () {
      for (const chunk of chunks) {
        read += 1;
        yield chunk;
      }
    })(),
    { highWaterMark: 1 },
  );
  const { stream } = createLineLimit({ maxBytes: 20_000, onTooLong: () => {}, pace });
  let passed = 0;
  stream.on("data", (bytes: Buffer) => {
    passed += bytes.length;
  });
  source.pipe(stream);
  for (let count = 0; count < 200; count++) await turn();
  expect(passed).toBeLessThanOrEqual(100_000);
  const readAtFirst = read;
  for (let second = 0; second < 20 && passed < 1_000_000; second++) {
    clock.advance(1_000);
    for (let count = 0; count < 200; count++) await turn();
  }
  expect(passed).toBe(1_000_000);
  expect(readAtFirst).toBeLessThan(100);
});
