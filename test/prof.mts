import { shapes, tell } from "./support/long-story.js";
import { foldCommits } from "../src/core/fold.js";
import { parseRoomCommit } from "../src/core/commit.js";
import { emptyRoom } from "../src/core/room.js";
import { stateBytes } from "./support/full-room.js";
for (const [n, { agents, policy, shape }] of Object.entries(shapes)) {
  let t = performance.now();
  const { room, log } = tell(shape, { commits: 100_000, agents, ...(policy && { policy }) });
  const d = performance.now() - t;
  const texts = log.slice(0, 100_000).map((c) => JSON.stringify(c));
  const best = (f: () => void) => { let m = 1e9; for (let i = 0; i < 3; i++) { const t = performance.now(); f(); m = Math.min(m, performance.now() - t); } return m; };
  const fold = best(() => foldCommits(emptyRoom("r1"), log));
  const json = best(() => { for (const x of texts) JSON.parse(x); });
  const parsed = texts.map((x) => JSON.parse(x));
  const zod = best(() => { for (const x of parsed) parseRoomCommit(x); });
  const per = (ms: number) => Math.round(100_000 / ms * 1000).toLocaleString("en");
  console.log(n, "| decided/s", per(d), "| folded/s", per(fold), "| JSON.parse/s", per(json), "| zod/s", per(zod), "| state", stateBytes(room));
}
